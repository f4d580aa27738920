//! What a page of the gateway says, apart from its words: those are in four languages in `flow/texts`.

/// What a page says: several reasons that mean the same to a person share a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageMessage {
    /// The sign-in failed; trying again may help.
    TryAgain,
    /// The sign-in failed: the provider's answer was not what it should be.
    NotTrusted,
    /// The sign-in failed, and only operators can mend it.
    CannotMend,
    /// No sign-in is possible until operators have mended something.
    NotPossibleNow,
    /// The provider cannot be reached.
    ProviderUnreachable,
    /// The provider is there, and not well.
    ProviderBusy,
    /// The provider wanted something more of the person.
    NeedsMore,
    /// The provider said no.
    ProviderRefused,
    /// The person said no at the provider, or the provider to this person.
    Declined,
    /// Our clock and the provider's differ.
    ClocksDiffer,
    /// The cookie of the sign-in did not come back.
    NoCookies,
    /// The sign-in was begun in another browser.
    OtherBrowser,
    /// The sign-in was begun before a restart.
    Restarted,
    /// The answer is of no sign-in of ours.
    NotOurs,
    /// The sign-in was interrupted on its way.
    Interrupted,
    /// One sign-in follows the other.
    Loop,
    /// The store has no room.
    Busy,
    /// The store does not answer.
    StoreUnreachable,
    /// Signed in, but not allowed to see this.
    NoAccess,
    /// The provider did not sign the person in as strongly as the page demands.
    StrongerNeeded,
    /// The provider did not sign the person in anew, as the page demands.
    FreshNeeded,
    /// Somebody is signed in, and has to do it once more.
    SignInOnceMore,
    /// Another person came back from the provider than the one who is signed in.
    OtherPerson,
    /// Signed in, and the provider did not say in which groups.
    GroupsUnknown,
    /// Signed in with an account of an organization that is not let in.
    OtherTenant,
    /// There is no such page.
    NotFound,
    /// There is no such site.
    UnknownHost,
    /// https is needed.
    HttpsNeeded,
    /// The address takes no such request.
    WrongMethod,
    /// The form was too large.
    TooMuch,
    /// The request can be read in two ways.
    AmbiguousRequest,
    /// The address can be read in two ways.
    AmbiguousAddress,
    /// The request broke off.
    BrokenOff,
    /// The application may install no service worker.
    ServiceWorker,
    /// A page of another site wanted a connection.
    ForeignConnection,
    /// A sign-out that no page of ours asked for.
    ForeignSignOut,
    /// A press of the button that sends a kept form, from no page of ours.
    ForeignSend,
    /// The kept form is not there any more.
    KeptGone,
    /// The application answers nonsense.
    BadApplication,
    /// The application is too slow.
    SlowApplication,
    /// The application is not there.
    NoApplication,
    /// A fault of our own.
    Broken,
    /// Somebody must sign in to see this.
    SignIn,
    /// Somebody must sign in to see this part of a page.
    SignInForPart,
    /// No sign-in begins in a frame.
    NotInAFrame,
    /// The session ended before a form was sent.
    NotKept,
    /// The sign-in goes on by itself.
    OneMoment,
    /// The sign-in goes on by itself, and a form is kept meanwhile.
    FormKept,
    /// Whether to send, as `{who}`, the form that was sent to `{address}` and kept.
    SendKept,
    /// There is nobody to sign out.
    NotSignedIn,
    /// Whether to sign out `{who}`.
    SignOut,
    /// Signed out here and at the provider.
    SignedOut,
    /// Signed out here; the provider was not asked, or did not say.
    SignedOutHere,
}
