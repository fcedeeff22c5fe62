//! How the examples fail: in words, and with what to do about it.

use std::error::Error;
use std::fmt;

/// What an example's `main` returns: any error, shown to a person.
pub type Outcome<T = ()> = Result<T, Failure>;

/// An error as `main` should show it. A program shows its error's `Debug`, which is for developers
/// of that error; this one has the text in its place.
pub struct Failure(Box<dyn Error>);

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some say in their own text what caused them.
            if !said.contains(&text) {
                write!(f, "\n  because: {text}")?;
            }
            said = text;
            cause = error.source();
        }
        let client = self.0.downcast_ref::<macp_sdk::transport::Error>();
        if client.is_some_and(macp_sdk::transport::Error::is_connect) {
            f.write_str(
                "\nIs there a runtime? `cargo xtask runtime start` starts one; \
                 MACP_RUNTIME_TARGET names one that listens elsewhere.",
            )?;
        }
        Ok(())
    }
}
