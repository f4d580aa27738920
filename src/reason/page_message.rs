//! The messages of the pages. Their texts, in four languages, are in `flow/texts`.

/// The message of a page. Several reason codes share a message if the difference does not matter to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageMessage {
    /// The sign-in failed; trying again may help.
    TryAgain,
    /// The sign-in failed: what the provider sent did not pass verification.
    ResponseNotTrusted,
    /// The sign-in failed, and only an operator can fix the cause.
    OperatorMustFix,
    /// No sign-in succeeds until an operator has fixed the cause.
    SignInUnavailable,
    /// The provider cannot be reached.
    ProviderUnreachable,
    /// The provider answers that it has a problem or is overloaded.
    ProviderBusy,
    /// The provider demanded a further step of the person, and it was not completed.
    InteractionNeeded,
    /// The provider refused the sign-in for a reason that the page does not name.
    ProviderRefused,
    /// The person cancelled the sign-in at the provider, or the provider denied it to this account.
    Declined,
    /// The clocks of the gateway and of the provider differ.
    ClocksDiffer,
    /// The cookie of the sign-in did not come back.
    CookieMissing,
    /// The sign-in was started in another browser.
    OtherBrowser,
    /// The sign-in was started before the gateway was restarted, or at an instance with another secret.
    SiteRestarted,
    /// The response belongs to no sign-in of this gateway.
    UnknownSignIn,
    /// The sign-in was interrupted inside the gateway.
    SignInInterrupted,
    /// Several sign-ins in a row left no session.
    SignInLoop,
    /// The store is full.
    SiteBusy,
    /// One client sent more requests at a time than it may.
    TooManyRequests,
    /// The store does not answer.
    StoreUnreachable,
    /// Signed in, but not allowed to see this page.
    NoAccess,
    /// The provider did not sign the person in as strongly as the page demands.
    StrongerSignInNeeded,
    /// The provider did not ask the person to sign in again, as the page demands.
    RecentSignInNeeded,
    /// Signed in, but the page demands a more recent or a stronger sign-in.
    StepUpNeeded,
    /// Another person signed in at the provider than the one who is signed in here.
    OtherPerson,
    /// Signed in at another provider than the page requires.
    OtherProvider,
    /// Signed in, and the provider did not list the groups that the page asks for.
    GroupsUnknown,
    /// Signed in with an account of an organization that has no access.
    TenantNotAllowed,
    /// There is no page at this address.
    NotFound,
    /// This gateway does not serve the host.
    UnknownHost,
    /// The request used plain http.
    HttpsNeeded,
    /// The address does not accept the method of the request.
    MethodNotAllowed,
    /// The form is larger than the address accepts.
    FormTooLarge,
    /// Two servers could read the request differently.
    AmbiguousRequest,
    /// Two servers could read the address differently.
    AmbiguousAddress,
    /// The address is longer than the gateway accepts.
    AddressTooLong,
    /// The request ended before it was complete.
    RequestIncomplete,
    /// The application may not install a service worker.
    ServiceWorker,
    /// A page of another site tried to open a WebSocket.
    CrossSiteConnection,
    /// A sign-out that no page of this site requested.
    CrossSiteSignOut,
    /// A request to send a preserved form that no page of this site made.
    CrossSiteSend,
    /// The preserved form is not available any more.
    PreservedFormGone,
    /// The application broke the connection or sent no valid HTTP response.
    ApplicationProtocolError,
    /// The application did not respond in time.
    ApplicationTimeout,
    /// No connection to the application.
    ApplicationUnreachable,
    /// A defect in the gateway itself.
    InternalError,
    /// A page that only signed-in people see.
    SignInNeeded,
    /// A frame of a page that only signed-in people see.
    SignInNeededInFrame,
    /// A step of a sign-in in a frame, where a sign-in does not work.
    NoSignInInFrame,
    /// A form was sent without a session, and is not preserved.
    FormNotPreserved,
    /// The sign-in continues without action of the person.
    SigningIn,
    /// The sign-in continues without action of the person, and a form is preserved.
    FormPreserved,
    /// Asks whether to send, as `{who}`, the preserved form that was sent to `{address}`.
    ConfirmSend,
    /// The sign-out page without a session.
    NotSignedIn,
    /// Asks whether to sign out `{who}`.
    ConfirmSignOut,
    /// Signed out here and at the provider.
    SignedOut,
    /// Signed out here; the provider did not confirm a sign-out there.
    SignedOutHereOnly,
}
