//! The registry of modes.

use super::{registry_answer, rpc};
use crate::call::Call;
use crate::call::sealed::Unary;
use crate::client::Client;
use crate::error::Error;
use macp_proto::{Mode, v1};

impl Client {
    /// Lists the standard modes. Needs no credentials.
    pub fn list_modes(&self) -> Call<ListModes> {
        Call::new(self, v1::ListModesRequest {})
    }

    /// Lists the extension modes. Needs no credentials.
    pub fn list_ext_modes(&self) -> Call<ListExtModes> {
        Call::new(self, v1::ListExtModesRequest {})
    }

    /// Registers an extension mode.
    ///
    /// Not repeated by itself when the answer is lost.
    ///
    /// # Errors
    ///
    /// `FORBIDDEN` without the privilege; a [refusal](crate::Refusal) with the code `UNKNOWN` and
    /// the runtime's words when the descriptor breaks a rule or the mode exists.
    pub fn register_ext_mode(&self, descriptor: v1::ModeDescriptor) -> Call<RegisterExtMode> {
        Call::new(
            self,
            v1::RegisterExtModeRequest {
                mode_descriptor: Some(descriptor),
            },
        )
    }

    /// Removes an extension mode.
    ///
    /// Not repeated by itself when the answer is lost.
    ///
    /// # Errors
    ///
    /// `FORBIDDEN` without the privilege; a [refusal](crate::Refusal) with the code `UNKNOWN` and
    /// the runtime's words when there is no such mode or it cannot be removed.
    pub fn unregister_ext_mode(&self, mode: &Mode) -> Call<UnregisterExtMode> {
        Call::new(
            self,
            v1::UnregisterExtModeRequest {
                mode: mode.as_str().to_owned(),
            },
        )
    }

    /// Promotes an extension mode, under `promoted_name` or, when that is empty, its own name. The
    /// answer is the mode's name from then on.
    ///
    /// Not repeated by itself when the answer is lost.
    ///
    /// # Errors
    ///
    /// `FORBIDDEN` without the privilege; a [refusal](crate::Refusal) with the code `UNKNOWN` and
    /// the runtime's words when there is no such mode or the name may not be given.
    pub fn promote_mode(&self, mode: &Mode, promoted_name: impl Into<String>) -> Call<PromoteMode> {
        Call::new(
            self,
            v1::PromoteModeRequest {
                mode: mode.as_str().to_owned(),
                promoted_mode_name: promoted_name.into(),
            },
        )
    }
}

/// [`Client::list_modes`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ListModes;

impl Unary for ListModes {
    rpc!(ListModes: ListModesRequest -> ListModesResponse);
    type Output = Vec<v1::ModeDescriptor>;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.modes)
    }
}

/// [`Client::list_ext_modes`].
#[derive(Debug)]
#[non_exhaustive]
pub struct ListExtModes;

impl Unary for ListExtModes {
    rpc!(ListExtModes: ListExtModesRequest -> ListExtModesResponse);
    type Output = Vec<v1::ModeDescriptor>;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        Ok(response.modes)
    }
}

/// [`Client::register_ext_mode`].
#[derive(Debug)]
#[non_exhaustive]
pub struct RegisterExtMode;

impl Unary for RegisterExtMode {
    rpc!(RegisterExtMode: RegisterExtModeRequest -> RegisterExtModeResponse);
    type Output = ();

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        registry_answer(response.ok, response.error)
    }
}

/// [`Client::unregister_ext_mode`].
#[derive(Debug)]
#[non_exhaustive]
pub struct UnregisterExtMode;

impl Unary for UnregisterExtMode {
    rpc!(UnregisterExtMode: UnregisterExtModeRequest -> UnregisterExtModeResponse);
    type Output = ();

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        registry_answer(response.ok, response.error)
    }
}

/// [`Client::promote_mode`].
#[derive(Debug)]
#[non_exhaustive]
pub struct PromoteMode;

impl Unary for PromoteMode {
    rpc!(PromoteMode: PromoteModeRequest -> PromoteModeResponse);
    type Output = Mode;

    fn accept(_: &Client, response: Self::Response) -> Result<Self::Output, Error> {
        registry_answer(response.ok, response.error)?;
        Ok(response.mode.into())
    }
}
