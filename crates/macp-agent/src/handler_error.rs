use macp_proto::ErrorCode;
use std::error::Error;
use std::fmt;

/// Why a handler or a strategy failed: any error.
///
/// `?` turns every error into it, as long as it is `Send`, `Sync` and `'static`.
/// [`downcast_ref`](Self::downcast_ref) finds what it was.
///
/// ```
/// use macp_agent::HandlerError;
///
/// fn parse(text: &str) -> Result<u32, HandlerError> {
///     Ok(text.parse()?)
/// }
/// let error = parse("many").unwrap_err();
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// ```
pub struct HandlerError(Box<dyn Error + Send + Sync>);

/// What handlers return.
pub type HandlerResult = Result<(), HandlerError>;

impl HandlerError {
    /// An error that is only a text.
    pub fn message(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The error, if it is an `E`.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.0.downcast_ref()
    }

    /// The refusal or failure of an action, if that is what it was.
    pub fn action(&self) -> Option<&macp_modes::Error> {
        self.downcast_ref()
    }

    /// The registry code of the runtime's refusal, if that is what it was.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.action()?.code()
    }

    /// The error itself.
    pub fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error itself, to be kept.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

/// This conversion is why `HandlerError` is not an [`Error`] itself: there would be two of it.
impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
