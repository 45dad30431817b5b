//! The codes of problems. Each has a page `docs/errors/<code>.md`; a test holds that.

/// A stable word for one kind of failure. Every crate has a list of its own, named `CODES`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The word.
    pub name: &'static str,
    /// The HTTP status it is answered with.
    pub status: u16,
    /// The word in words.
    pub title: &'static str,
    /// What to do, unless the problem says it better; empty where the places say it.
    pub hint: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $word:literal, $title:literal, $hint:literal;)*) => {
        $($(#[$doc])* pub const $name: Code =
            Code { name: $word, status: $status, title: $title, hint: $hint };)*
        /// Every code of the gate.
        pub const CODES: &[Code] = &[$($name),*];
    };
}

codes! {
    /// The body is not JSON.
    INVALID_JSON = 400, "invalid_json", "The body is not readable JSON",
        "correct the JSON text; line and column say where reading stopped";
    /// The query string or a header cannot be read.
    INVALID_QUERY = 400, "invalid_query", "A parameter of the address is not valid",
        "correct the parameter; /openapi.json names the parameters of every address";
    /// Any other call that cannot be understood.
    BAD_REQUEST = 400, "bad_request", "The call cannot be understood",
        "send the call again, whole and as /openapi.json describes it";
    /// Nobody is signed in, and there is no valid key.
    NOT_SIGNED_IN = 401, "not_signed_in", "Sign in or send a valid API key",
        "sign in, or send a key in the header Authorization: Bearer <key>";
    /// Wrong e-mail address or password.
    WRONG_CREDENTIALS = 401, "wrong_credentials", "The e-mail address or the password is wrong",
        "try again; an administrator can set a new password";
    /// The role does not have the permission.
    NOT_ALLOWED = 403, "not_allowed", "Your role does not allow this",
        "ask an administrator for a role that has the permission";
    /// The key does not have the scope.
    SCOPE_MISSING = 403, "scope_missing", "The API key does not have the scope for this",
        "use a key that has the scope; an administrator can make one";
    /// The header that proves that the call comes from our own page is missing or wrong.
    CSRF_TOKEN = 403, "csrf_token", "The CSRF token is missing or wrong",
        "reload the page and try again";
    /// There is no such address or object.
    NOT_FOUND = 404, "not_found", "There is no such thing",
        "check the address, and the key or id in it";
    /// The address exists, not with this method.
    METHOD_NOT_ALLOWED = 405, "method_not_allowed", "This address does not know this method",
        "use a method that the header Allow names";
    /// An object of that name exists already, or the state does not allow the change.
    CONFLICT = 409, "conflict", "This is in conflict with what is there",
        "look at what is there now, then try again";
    /// There is an administrator already.
    ALREADY_SET_UP = 409, "already_set_up", "Rapport is set up already",
        "sign in with an account that is there";
    /// The only administrator cannot be disabled or lose the role.
    LAST_ADMINISTRATOR = 409, "last_administrator", "One administrator must remain",
        "make somebody else an administrator first";
    /// The first call with this idempotency key has not been answered yet.
    IN_FLIGHT = 409, "in_flight", "The first call with this idempotency key is still running",
        "repeat the call in a moment; it gets the answer of the first one";
    /// A definition that others in use name cannot be retired unawares.
    IN_USE = 409, "in_use", "Others that are in use name this",
        "change those that name it first";
    /// Somebody else saved meanwhile.
    CHANGED_MEANWHILE = 412, "changed_meanwhile", "Somebody else has changed this meanwhile",
        "read it again, carry your change over, and save with its new hash";
    /// The body is larger than the limit.
    TOO_LARGE = 413, "too_large", "The body is larger than the limit",
        "send less at once, in several calls";
    /// The body is not declared as JSON.
    UNSUPPORTED_MEDIA_TYPE = 415, "unsupported_media_type", "Send JSON",
        "send the header Content-Type: application/json";
    /// The body is readable and breaks rules.
    INVALID_BODY = 422, "invalid_body", "Something in the body is not valid",
        "";
    /// The idempotency key was used with another body.
    KEY_REUSED = 422, "idempotency_key_reused", "This idempotency key was used with another body",
        "take a new key for a new call, or repeat the first body to get its answer";
    /// A change needs the hash of what was read.
    IF_MATCH_REQUIRED = 428, "if_match_required", "Say with If-Match which version you have read",
        "read it, then send its hash in If-Match";
    /// Too many calls.
    TOO_MANY_REQUESTS = 429, "too_many_requests", "Too many calls",
        "wait as many seconds as the header Retry-After says";
    /// A fault of ours.
    INTERNAL = 500, "internal", "Something failed on our side",
        "try again; if it fails again, the log has the reason under the trace id";
    /// The store cannot answer now.
    UNAVAILABLE = 503, "unavailable", "Not available at the moment",
        "try again in a moment";
}

/// The code that fits a bare status, for answers that come from libraries.
pub fn of_status(status: u16) -> Code {
    match status {
        401 => NOT_SIGNED_IN,
        403 => NOT_ALLOWED,
        404 => NOT_FOUND,
        405 => METHOD_NOT_ALLOWED,
        409 => CONFLICT,
        412 => CHANGED_MEANWHILE,
        413 => TOO_LARGE,
        415 => UNSUPPORTED_MEDIA_TYPE,
        422 => INVALID_BODY,
        428 => IF_MATCH_REQUIRED,
        429 => TOO_MANY_REQUESTS,
        503 => UNAVAILABLE,
        other if other < 500 => BAD_REQUEST,
        _ => INTERNAL,
    }
}
