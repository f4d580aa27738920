//! What links, buttons and lines of the pages are called, apart from their words.

/// What a link, a button or a line is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// To the sign-in.
    SignIn,
    /// To the sign-in, after a sign-out.
    SignInAgain,
    /// To the sign-out, for who wants to be somebody else.
    SignInAsSomebodyElse,
    /// On with what was begun.
    Continue,
    /// The same again.
    TryAgain,
    /// The same again, with a choice of accounts at the provider.
    ChooseAccount,
    /// The sign-in from its beginning.
    StartAgain,
    /// The button that signs out.
    SignOut,
    /// Back, without signing out.
    StaySignedIn,
    /// To the page that asks whether to sign out.
    ToSignOutPage,
    /// To the front page.
    ToFrontPage,
    /// To the page that a kept form was sent to.
    ToPage,
    /// The button that sends a kept form.
    SendNow,
    /// To the page that a kept form was sent to, without sending it.
    ToPageUnsent,
    /// Before the reason code.
    Reason,
    /// Before the request's name.
    Request,
}
