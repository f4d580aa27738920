//! Japanese, in the polite form (です・ます).

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::NotTrusted => {
            (FAILED, &["認証サービスから届いた応答を信頼できなかったため、使用しませんでした。", TRY])
        }
        PageMessage::CannotMend => (FAILED, &[TELL]),
        PageMessage::NotPossibleNow => ("現在サインインできません", &[TELL]),
        PageMessage::ProviderUnreachable => {
            ("現在サインインできません", &["認証サービスに接続できません。しばらくしてからもう一度お試しください。"])
        }
        PageMessage::ProviderBusy => (
            "現在サインインできません",
            &["認証サービスで問題が発生しています。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::NeedsMore => (FAILED, &["認証サービスで必要な操作が完了しませんでした。", TRY]),
        PageMessage::ProviderRefused => (FAILED, &["認証サービスがサインインを拒否しました。", TRY]),
        PageMessage::Declined => {
            ("サインインが中止されました", &["認証サービスでサインインがキャンセルまたは拒否されました。"])
        }
        PageMessage::ClocksDiffer => (
            FAILED,
            &["このサイトと認証サービスの時計がずれています。下記の情報を添えて、このサイトの管理者にご連絡ください。"],
        ),
        PageMessage::NoCookies => (
            "サインインを完了できませんでした",
            &[
                "サインインに必要な Cookie がブラウザーから返されませんでした。このサイトの Cookie がブロックされているか、このサインインはすでに終了しています。",
                "Cookie を許可してから、最初からやり直してください。",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "このサインインは別のブラウザーまたはウィンドウで開始されたため、ここでは完了できません。最初からやり直してください。",
            ],
        ),
        PageMessage::Restarted => (
            "最初からやり直してください",
            &["サインインの途中でこのサイトが再起動されました。お手数ですが、最初からやり直してください。"],
        ),
        PageMessage::NotOurs => (
            FAILED,
            &["この応答は、このサイトで開始されたサインインのものではありません。最初からやり直してください。"],
        ),
        PageMessage::Interrupted => (FAILED, &["サインインの処理が途中で中断されました。もう一度お試しください。"]),
        PageMessage::Loop => (
            "サインインが繰り返されています",
            &[
                "認証サービスから続けて何度も戻りましたが、サインインした状態になりませんでした。多くの場合、ブラウザーがこのサイトの Cookie を保存していないか、時計がずれていることが原因です。",
                "このサイトの Cookie が許可されていることを確認してから、もう一度お試しください。",
            ],
        ),
        PageMessage::Busy => {
            ("しばらくしてからもう一度お試しください", &["現在このサイトは混み合っているため、サインインできません。"])
        }
        PageMessage::StoreUnreachable => {
            ("しばらくしてからもう一度お試しください", &["現在このサイトではサインインの状態を確認できません。"])
        }
        PageMessage::NoAccess => (
            "アクセス権がありません",
            &[
                "サインインしていますが、お使いのアカウントにはこのページを表示する権限がありません。権限が必要な場合は、このサイトの管理者にお問い合わせください。",
            ],
        ),
        PageMessage::StrongerNeeded => (
            "より強力なサインインが必要です",
            &[
                "このページには、今回使用された方法よりも強力な方法でのサインインが必要です。認証サービスが用意している方法をお使いください。",
                TRY,
            ],
        ),
        PageMessage::FreshNeeded => (
            "新たなサインインが必要です",
            &[
                "このページには、認証サービスに記録されているものより新しいサインインが必要です。もう一度お試しになり、認証サービスで改めてサインインしてください。",
            ],
        ),
        PageMessage::SignInOnceMore => (
            "もう一度サインインしてください",
            &[
                "このページには、現在のものより新しい、またはより強力なサインインが必要です。送信された内容がある場合、その内容は届いていません。",
            ],
        ),
        PageMessage::OtherPerson => (
            "別のユーザーがサインインしました",
            &[
                "このサイトには引き続きサインインしていますが、認証サービスでは別のユーザーがサインインしました。何も変更されていません。そのユーザーとして続けるには、先にこのサイトからサインアウトしてください。",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "アクセス権がありません",
            &[
                "サインインしていますが、所属するグループが多すぎるため、認証サービスからグループの情報を受け取れませんでした。アクセス権が必要な場合は、下記の情報を添えて、このサイトの管理者にご連絡ください。",
            ],
        ),
        PageMessage::OtherTenant => (
            "アクセス権がありません",
            &[
                "サインインに使用したアカウントの組織には、このサイトへのアクセス権がありません。別のアカウントでもう一度お試しください。アクセス権が必要な場合は、下記の情報を添えて、このサイトの管理者にご連絡ください。",
            ],
        ),
        PageMessage::NotFound => ("ページが見つかりません", &["このアドレスには何もありません。"]),
        PageMessage::UnknownHost => {
            ("このサーバーのサイトではありません", &["指定されたアドレスは、このサーバーでは提供していません。"])
        }
        PageMessage::HttpsNeeded => (
            "安全な接続が必要です",
            &[
                "暗号化されていない接続で送信されたため、受け付けませんでした。https:// で始まるアドレスをご利用ください。",
            ],
        ),
        PageMessage::WrongMethod => {
            ("この方法ではアクセスできません", &["このアドレスでは、この種類のリクエストを受け付けていません。"])
        }
        PageMessage::TooMuch => (
            "送信されたデータが大きすぎます",
            &["フォームの内容が、このアドレスで受け付けられる大きさを超えています。"],
        ),
        PageMessage::AmbiguousRequest => {
            ("リクエストを解釈できません", &["リクエストが複数の意味に解釈できるため、受け付けませんでした。"])
        }
        PageMessage::AmbiguousAddress => {
            ("アドレスを解釈できません", &["アドレスが複数の意味に解釈できるため、受け付けませんでした。"])
        }
        PageMessage::BrokenOff => (
            "リクエストを最後まで受信できませんでした",
            &["ブラウザーからの送信中に接続が切れました。もう一度お試しください。"],
        ),
        PageMessage::ServiceWorker => {
            ("許可されていません", &["このアプリケーションは、ここに Service Worker をインストールできません。"])
        }
        PageMessage::ForeignConnection => {
            ("許可されていません", &["別のサイトのページが、このサイトへの接続を開こうとしました。"])
        }
        PageMessage::ForeignSignOut => (
            "サインアウトを受け付けませんでした",
            &["サインアウトは、このサイトのページからのみ行えます。サインアウトのページをご利用ください。"],
        ),
        PageMessage::ForeignSend => (
            "送信しませんでした",
            &["送信の要求がこのサイトのページからのものではなかったため、フォームを送信しませんでした。"],
        ),
        PageMessage::KeptGone => (
            "このフォームはもうありません",
            &[
                "入力内容がすでに送信されたか、保存から1時間以上が経過したか、このサイトが再起動されました。もう一度入力する前に、送信済みかどうかをご確認ください。",
            ],
        ),
        PageMessage::BadApplication => (
            "アプリケーションが正しく応答していません",
            &[
                "このページのアプリケーションから届いた応答を解釈できませんでした。しばらくしてからもう一度お試しください。",
            ],
        ),
        PageMessage::SlowApplication => (
            "アプリケーションの応答に時間がかかっています",
            &["このページのアプリケーションが時間内に応答しませんでした。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::NoApplication => (
            "アプリケーションに接続できません",
            &["現在、このページのアプリケーションに接続できません。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::Broken => ("問題が発生しました", &[TELL]),
        PageMessage::SignIn => ("サインインしてください", &["このページを表示するには、サインインが必要です。"]),
        PageMessage::SignInForPart => (
            "サインインしてください",
            &["ページのこの部分を表示するには、サインインが必要です。サインイン画面はタブ全体に表示されます。"],
        ),
        PageMessage::NotInAFrame => (
            "サインインしてください",
            &["ページに埋め込まれた枠の中ではサインインできません。サインイン画面はタブ全体に表示されます。"],
        ),
        PageMessage::NotKept => (
            "セッションが終了しました",
            &[
                "サインインの状態が終了していたため、入力内容は送信も保存もされていません。",
                "入力内容を残すには、ブラウザーの「戻る」ボタンで前のページに戻り、内容をコピーしてください。その後、サインインしてからもう一度送信してください。",
            ],
        ),
        PageMessage::OneMoment => ("しばらくお待ちください", &[ON_THE_WAY]),
        PageMessage::FormKept => (
            "しばらくお待ちください",
            &[ON_THE_WAY, "入力内容はまだ送信されていません。一時的に保存していますので、サインイン後に送信できます。"],
        ),
        PageMessage::SendKept => (
            "フォームを今すぐ送信しますか？",
            &[
                "{who} としてサインインしています。",
                "{address} へフォームが送信されたとき、サインインの状態はすでに終了していました。フォームは保存されており、まだ送信されていません。",
            ],
        ),
        PageMessage::NotSignedIn => ("サインインしていません", &["サインアウトの必要はありません。"]),
        PageMessage::SignOut => ("サインアウトしますか？", &["{who} としてサインインしています。"]),
        PageMessage::SignedOut => ("サインアウトしました", &["このサイトと認証サービスのセッションを終了しました。"]),
        PageMessage::SignedOutHere => (
            "サインアウトしました",
            &[
                "このサイトのセッションを終了しました。",
                "認証サービスにはまだサインインしている可能性があります。共用のコンピューターをお使いの場合は、認証サービスからもサインアウトするか、ブラウザーを閉じてください。",
            ],
        ),
    }
}

pub(super) fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "サインイン",
        Label::SignInAgain => "もう一度サインイン",
        Label::SignInAsSomebodyElse => "別のアカウントでサインイン",
        Label::Continue => "続ける",
        Label::ChooseAccount => "別のアカウントでもう一度試す",
        Label::TryAgain => "もう一度試す",
        Label::StartAgain => "最初からやり直す",
        Label::SignOut => "サインアウト",
        Label::StaySignedIn => "サインインしたままにする",
        Label::ToSignOutPage => "サインアウトのページへ",
        Label::ToFrontPage => "トップページへ",
        Label::ToPage => "ページへ移動",
        Label::SendNow => "今すぐ送信",
        Label::ToPageUnsent => "送信せずにページへ移動",
        Label::Reason => "理由",
        Label::Request => "リクエスト",
    }
}

const FAILED: &str = "サインインできませんでした";
const TRY: &str =
    "もう一度お試しください。繰り返し発生する場合は、下記の情報を添えて、このサイトの管理者にご連絡ください。";
const TELL: &str = "この問題はご自身では解決できません。下記の情報を添えて、このサイトの管理者にご連絡ください。";
const ON_THE_WAY: &str = "サインインしています。このページから移動しない場合は、リンクをご利用ください。";
