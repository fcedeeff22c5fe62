//! Runs the real MACP runtime for tests.
//!
//! [`Runtime`] starts a runtime of its own for one test, on a free loopback port, and stops it when
//! the test is over: with dev identities, [`StaticToken`]s or JWTs of a [`JwtIssuer`], in plaintext
//! or with [`Certificates`] made on the spot, in memory or on files, and ready when it answers.
//! It can be killed and come back on the same port and data.
//!
//! Nothing here imitates the runtime. [`runtime_binary`] finds the real one: what the environment
//! variable `MACP_RUNTIME_BIN` names, or the pinned version from the user's cache folder, where
//! `cargo xtask runtime install` or, with the feature `install`, `Installer` puts it.
//!
//! ```no_run
//! use macp_testkit::Runtime;
//!
//! # async fn test() -> Result<(), macp_testkit::Error> {
//! let mut runtime = Runtime::builder().file_storage().start().await?;
//! let endpoint = runtime.endpoint(); // http://127.0.0.1:PORT
//! // ... start sessions, send messages ...
//! runtime.kill()?;
//! runtime.restart().await?; // same endpoint, same sessions
//! # Ok(())
//! # }
//! ```

mod binary;
mod builder;
mod certificates;
mod error;
mod fault_proxy;
#[cfg(feature = "install")]
mod install;
mod jwt;
mod permissions;
mod port;
mod process;
mod runtime;
mod static_token;

pub use binary::{BINARY_VARIABLE, RUNTIME_VERSION, runtime_binary};
pub use builder::RuntimeBuilder;
pub use certificates::Certificates;
pub use error::Error;
pub use fault_proxy::{Direction, FaultProxy};
#[cfg(feature = "install")]
pub use install::Installer;
pub use jwt::{Jwt, JwtIssuer};
pub use runtime::Runtime;
pub use static_token::StaticToken;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
struct TestingPage;
