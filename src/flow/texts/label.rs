//! The links, buttons and lines of the pages, independent of the language.

/// The name of a link, a button or a line of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Leads to the sign-in.
    SignIn,
    /// Leads to the sign-in, after a sign-out.
    SignInAgain,
    /// Leads to the sign-out or to a sign-in at another provider, for a person who wants to sign in with another account.
    SignInWithOtherAccount,
    /// Leads to the next step.
    Continue,
    /// Repeats what failed.
    TryAgain,
    /// Repeats a sign-in, with a choice of accounts at the provider.
    TryOtherAccount,
    /// Starts the sign-in from its beginning.
    StartAgain,
    /// The button that signs out.
    SignOut,
    /// Leads back without a sign-out.
    StaySignedIn,
    /// Leads to the page that asks whether to sign out.
    ToSignOutPage,
    /// Leads to the front page.
    ToFrontPage,
    /// Leads to the page that a preserved form was sent to.
    ToPage,
    /// The button that sends a preserved form.
    SendNow,
    /// Leads to the page that a preserved form was sent to, without sending the form.
    ToPageWithoutSending,
    /// The line with the reason code.
    Reason,
    /// The line with the request id.
    Request,
}
