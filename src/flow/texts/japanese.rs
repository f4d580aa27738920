//! Japanese, in the polite form (です・ます).

use super::label::Label;
use crate::reason::PageMessage;

/// Heading and paragraphs.
#[expect(clippy::too_many_lines, reason = "a table: an arm for each message")]
pub(super) fn message(message: PageMessage) -> (&'static str, &'static [&'static str]) {
    match message {
        PageMessage::TryAgain => (FAILED, &[TRY]),
        PageMessage::ResponseNotTrusted => {
            (FAILED, &["認証サービスからの応答を検証できなかったため、使用しませんでした。", TRY])
        }
        PageMessage::OperatorMustFix => (FAILED, &[TELL]),
        PageMessage::SignInUnavailable => ("現在サインインできません", &[TELL]),
        PageMessage::ProviderUnreachable => (
            "現在サインインできません",
            &["現在、認証サービスに接続できません。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::ProviderBusy => (
            "現在サインインできません",
            &["現在、認証サービスで問題が発生しています。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::InteractionNeeded => (FAILED, &["認証サービスで求められた追加の手順が完了しませんでした。", TRY]),
        PageMessage::ProviderRefused => (FAILED, &["認証サービスがサインインを拒否しました。", TRY]),
        PageMessage::Declined => (
            "サインインが中止または拒否されました",
            &[
                "サインインがキャンセルされたか、認証サービスで許可されませんでした。別のアカウントでもう一度お試しいただけます。",
            ],
        ),
        PageMessage::ClocksDiffer => (FAILED, &["このサイトと認証サービスの時計がずれています。", TELL]),
        PageMessage::CookieMissing => (
            "サインインを完了できませんでした",
            &[
                "サインインに必要な Cookie がブラウザーから返されませんでした。このサイトの Cookie がブロックされているか、このサインインはすでに完了または中止されています。",
                "このサイトの Cookie を許可してから、最初からやり直してください。",
            ],
        ),
        PageMessage::OtherBrowser => (
            FAILED,
            &[
                "このサインインは別のブラウザーまたはウィンドウで開始されたため、ここでは完了できません。最初からやり直してください。",
            ],
        ),
        PageMessage::SiteRestarted => (
            "最初からやり直してください",
            &["サインインの途中でこのサイトが再起動されました。お手数ですが、最初からやり直してください。"],
        ),
        PageMessage::UnknownSignIn => (
            FAILED,
            &[
                "認証サービスからの応答は、このサイトで開始されたサインインのものではありません。最初からやり直してください。",
            ],
        ),
        PageMessage::SignInInterrupted => {
            (FAILED, &["サインインの処理が途中で中断されました。もう一度お試しください。"])
        }
        PageMessage::SignInLoop => (
            "サインインが繰り返されています",
            &[
                "認証サービスから続けて何度も戻りましたが、サインインした状態になりませんでした。多くの場合、ブラウザーがこのサイトの Cookie を保存していないか、時計がずれていることが原因です。",
                "このサイトの Cookie が許可されていることを確認してから、もう一度お試しください。",
            ],
        ),
        PageMessage::SiteBusy => {
            ("しばらくしてからもう一度お試しください", &["現在このサイトは混み合っているため、サインインできません。"])
        }
        PageMessage::TooManyRequests => (
            "しばらくしてからもう一度お試しください",
            &["お使いのネットワークから同時に多くのリクエストが届きました。"],
        ),
        PageMessage::StoreUnreachable => {
            ("しばらくしてからもう一度お試しください", &["現在このサイトではサインインの状態を確認できません。"])
        }
        PageMessage::NoAccess => (
            "アクセス権がありません",
            &[
                "サインインしていますが、お使いのアカウントにはこのページを表示する権限がありません。権限が必要な場合は、このサイトの管理者にお問い合わせください。",
            ],
        ),
        PageMessage::StrongerSignInNeeded => (
            "より強力なサインインが必要です",
            &[
                "このページには、今回使用された方法よりも強力な方法でのサインインが必要です。認証サービスが用意している、より強力な方法をお使いください。",
                TRY,
            ],
        ),
        PageMessage::RecentSignInNeeded => (
            "新たなサインインが必要です",
            &[
                "このページには、認証サービスに記録されているものより新しいサインインが必要です。もう一度お試しになり、認証サービスで改めてサインインしてください。",
            ],
        ),
        PageMessage::StepUpNeeded => (
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
        PageMessage::OtherProvider => (
            "別のアカウントが必要です",
            &[
                "サインインしていますが、このページは別の認証サービスのアカウント用です。そのアカウントをお持ちの場合は、それでサインインできます。その場合、現在のサインインは終了します。",
            ],
        ),
        PageMessage::GroupsUnknown => (
            "アクセス権がありません",
            &[
                "サインインしていますが、所属するグループが多すぎるため、認証サービスからグループの情報を受け取れませんでした。アクセス権が必要な場合は、下記の情報を添えて、このサイトの管理者にご連絡ください。",
            ],
        ),
        PageMessage::TenantNotAllowed => (
            "アクセス権がありません",
            &[
                "サインインに使用したアカウントの組織には、このサイトへのアクセス権がありません。別のアカウントでもう一度お試しください。アクセス権が必要な場合は、下記の情報を添えて、このサイトの管理者にご連絡ください。",
            ],
        ),
        PageMessage::NotFound => {
            ("ページが見つかりません", &["このアドレスにはページがありません。アドレスをご確認ください。"])
        }
        PageMessage::UnknownHost => (
            "不明なサイトです",
            &["指定されたアドレスは、このサーバーでは提供していません。アドレスをご確認ください。"],
        ),
        PageMessage::HttpsNeeded => (
            "安全な接続が必要です",
            &[
                "暗号化されていない接続で送信されたため、受け付けませんでした。https:// で始まるアドレスをご利用ください。",
            ],
        ),
        PageMessage::MethodNotAllowed => {
            ("リクエストを受け付けられません", &["このアドレスでは、この種類のリクエストを受け付けていません。"])
        }
        PageMessage::FormTooLarge => (
            "フォームのデータが大きすぎます",
            &["送信されたフォームが、このアドレスで受け付けられる大きさを超えています。"],
        ),
        PageMessage::AmbiguousRequest => {
            ("リクエストを解釈できません", &["リクエストが複数の意味に解釈できるため、受け付けませんでした。"])
        }
        PageMessage::AmbiguousAddress => (
            "アドレスを解釈できません",
            &["アドレスが複数の意味に解釈できるため、受け付けませんでした。アドレスをご確認ください。"],
        ),
        PageMessage::AddressTooLong => (
            "アドレスが長すぎます",
            &["アドレスがこのサイトで受け付けられる長さを超えています。アドレスをご確認ください。"],
        ),
        PageMessage::RequestIncomplete => (
            "リクエストを最後まで受信できませんでした",
            &["ブラウザーからの送信中に接続が切れました。もう一度お試しください。"],
        ),
        PageMessage::ServiceWorker => {
            ("許可されていません", &["このアプリケーションは、ここに Service Worker をインストールできません。"])
        }
        PageMessage::CrossSiteConnection => {
            ("許可されていません", &["別のサイトのページが、このサイトへの接続を開こうとしました。"])
        }
        PageMessage::CrossSiteSignOut => (
            "サインアウトを受け付けませんでした",
            &["サインアウトは、このサイトのページからのみ行えます。サインアウトのページをご利用ください。"],
        ),
        PageMessage::CrossSiteSend => (
            "送信しませんでした",
            &["送信の要求がこのサイトのページからのものではなかったため、フォームを送信しませんでした。"],
        ),
        PageMessage::PreservedFormGone => (
            "このフォームはもうありません",
            &[
                "フォームはすでに送信されたか、保存から1時間以上が経過したか、このサイトの再起動により失われました。もう一度入力する前に、届いているかどうかをご確認ください。",
            ],
        ),
        PageMessage::ApplicationProtocolError => (
            "アプリケーションが正しく応答していません",
            &[
                "このページのアプリケーションから届いた応答を解釈できませんでした。しばらくしてからもう一度お試しください。",
            ],
        ),
        PageMessage::ApplicationTimeout => (
            "アプリケーションの応答に時間がかかっています",
            &["このページのアプリケーションが時間内に応答しませんでした。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::ApplicationUnreachable => (
            "アプリケーションを利用できません",
            &["現在、このページのアプリケーションに接続できません。しばらくしてからもう一度お試しください。"],
        ),
        PageMessage::InternalError => ("問題が発生しました", &[TELL]),
        PageMessage::SignInNeeded => ("サインインしてください", &["このページを表示するには、サインインが必要です。"]),
        PageMessage::SignInNeededInFrame => (
            "サインインしてください",
            &["ページのこの部分を表示するには、サインインが必要です。サインイン画面はタブ全体に表示されます。"],
        ),
        PageMessage::NoSignInInFrame => (
            "サインインしてください",
            &["ページに埋め込まれた枠の中ではサインインできません。サインイン画面はタブ全体に表示されます。"],
        ),
        PageMessage::FormNotPreserved => (
            "セッションが終了しました",
            &[
                "サインインの状態が終了していたため、入力内容は送信も保存もされていません。",
                "入力内容を残すには、ブラウザーの「戻る」ボタンで前のページに戻り、内容をコピーしてください。その後、サインインしてからもう一度送信してください。",
            ],
        ),
        PageMessage::SigningIn => ("しばらくお待ちください", &[SIGNING_IN]),
        PageMessage::FormPreserved => (
            "しばらくお待ちください",
            &[SIGNING_IN, "入力内容はまだ送信されていません。一時的に保存していますので、サインイン後に送信できます。"],
        ),
        PageMessage::ConfirmSend => (
            "フォームを今すぐ送信しますか？",
            &[
                "{who} としてサインインしています。",
                "{address} へフォームが送信されたとき、セッションはすでに終了していました。フォームは保存されており、まだ送信されていません。",
            ],
        ),
        PageMessage::NotSignedIn => ("サインインしていません", &["サインアウトの必要はありません。"]),
        PageMessage::ConfirmSignOut => ("サインアウトしますか？", &["{who} としてサインインしています。"]),
        PageMessage::SignedOut => ("サインアウトしました", &["このサイトと認証サービスのセッションを終了しました。"]),
        PageMessage::SignedOutHereOnly => (
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
        Label::SignInWithOtherAccount => "別のアカウントでサインイン",
        Label::Continue => "続ける",
        Label::TryAgain => "もう一度試す",
        Label::TryOtherAccount => "別のアカウントでもう一度試す",
        Label::StartAgain => "最初からやり直す",
        Label::SignOut => "サインアウト",
        Label::StaySignedIn => "サインインしたままにする",
        Label::ToSignOutPage => "サインアウトのページへ",
        Label::ToFrontPage => "トップページへ",
        Label::ToPage => "ページへ移動",
        Label::SendNow => "今すぐ送信",
        Label::ToPageWithoutSending => "送信せずにページへ移動",
        Label::Reason => "理由",
        Label::Request => "リクエスト",
    }
}

const FAILED: &str = "サインインできませんでした";
const TRY: &str =
    "もう一度お試しください。繰り返し発生する場合は、下記の情報を添えて、このサイトの管理者にご連絡ください。";
const TELL: &str = "この問題はご自身では解決できません。下記の情報を添えて、このサイトの管理者にご連絡ください。";
const SIGNING_IN: &str = "サインインしています。自動的に移動しない場合は、リンクをご利用ください。";
