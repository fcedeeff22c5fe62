//! Transport security: which servers to trust, and who we are to them.

use std::fmt;
use tonic::transport::{Certificate, ClientTlsConfig, Identity as TonicIdentity};

/// How a connection is secured (RFC-MACP-0004).
///
/// One of three trusts, and optionally a key pair of our own and another server name. Without any
/// setting a client uses `Tls::default()`: the system's roots, or the bundled ones when only those
/// are compiled in.
///
/// ```no_run
/// use macp_transport::{Identity, Tls};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = Tls::private_ca(std::fs::read("ca.pem")?)?
///     .identity(Identity::from_pem(std::fs::read("me.pem")?, std::fs::read("me.key")?)?)
///     .server_name("runtime.internal");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tls {
    roots: Roots,
    identity: Option<Identity>,
    server_name: Option<String>,
}

#[derive(Clone)]
enum Roots {
    #[cfg(feature = "tls-native-roots")]
    System,
    #[cfg(feature = "tls-webpki-roots")]
    Bundled,
    #[cfg(not(any(feature = "tls-native-roots", feature = "tls-webpki-roots")))]
    Nothing,
    Private(Vec<u8>),
}

impl Tls {
    /// Trusts the certificate authorities that the operating system trusts.
    #[cfg(feature = "tls-native-roots")]
    pub fn system_roots() -> Self {
        Self::trusting(Roots::System)
    }

    /// Trusts Mozilla's certificate authorities, compiled into the program.
    #[cfg(feature = "tls-webpki-roots")]
    pub fn bundled_roots() -> Self {
        Self::trusting(Roots::Bundled)
    }

    /// Trusts the authorities in `pem`, one or more `CERTIFICATE` blocks, and no other.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when the text is not PEM, holds no certificate, or holds one that cannot be
    /// a trust anchor.
    pub fn private_ca(pem: impl Into<Vec<u8>>) -> Result<Self, TlsError> {
        let pem = pem.into();
        blocks(PemPart::CaCertificate, &pem, |item| {
            matches!(item, rustls_pemfile::Item::X509Certificate(_))
        })?;
        let tls = Self::trusting(Roots::Private(pem));
        tls.check()?;
        Ok(tls)
    }

    /// Presents `identity` to a server that asks for a client certificate.
    pub fn identity(self, identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            ..self
        }
    }

    /// Expects the server's certificate to be for `name`, whatever host the endpoint names.
    pub fn server_name(self, name: impl Into<String>) -> Self {
        Self {
            server_name: Some(name.into()),
            ..self
        }
    }

    fn trusting(roots: Roots) -> Self {
        Self {
            roots,
            identity: None,
            server_name: None,
        }
    }

    /// The TLS stack's own opinion of certificates and keys, asked for early so that the error
    /// names the material and not a connection.
    fn check(&self) -> Result<(), TlsError> {
        tonic::transport::Endpoint::from_static("https://localhost:1")
            .tls_config(self.to_tonic()?)
            .map(|_| ())
            .map_err(TlsError::refused)
    }

    #[cfg_attr(
        any(feature = "tls-native-roots", feature = "tls-webpki-roots"),
        allow(
            clippy::unnecessary_wraps,
            reason = "it fails when no roots are compiled in"
        )
    )]
    pub(crate) fn to_tonic(&self) -> Result<ClientTlsConfig, TlsError> {
        let mut config = match &self.roots {
            #[cfg(feature = "tls-native-roots")]
            Roots::System => ClientTlsConfig::new().with_native_roots(),
            #[cfg(feature = "tls-webpki-roots")]
            Roots::Bundled => ClientTlsConfig::new().with_webpki_roots(),
            #[cfg(not(any(feature = "tls-native-roots", feature = "tls-webpki-roots")))]
            Roots::Nothing => return Err(TlsError::NoRoots),
            Roots::Private(pem) => {
                ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem))
            }
        };
        if let Some(identity) = &self.identity {
            config = config.identity(TonicIdentity::from_pem(
                &identity.certificate,
                &identity.key,
            ));
        }
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        Ok(config)
    }
}

#[cfg(feature = "tls-native-roots")]
impl Default for Tls {
    fn default() -> Self {
        Self::system_roots()
    }
}

#[cfg(all(feature = "tls-webpki-roots", not(feature = "tls-native-roots")))]
impl Default for Tls {
    fn default() -> Self {
        Self::bundled_roots()
    }
}

#[cfg(not(any(feature = "tls-native-roots", feature = "tls-webpki-roots")))]
impl Default for Tls {
    /// Trusts nobody: neither `tls-native-roots` nor `tls-webpki-roots` is compiled in.
    fn default() -> Self {
        Self::trusting(Roots::Nothing)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots = match self.roots {
            #[cfg(feature = "tls-native-roots")]
            Roots::System => "system",
            #[cfg(feature = "tls-webpki-roots")]
            Roots::Bundled => "bundled",
            #[cfg(not(any(feature = "tls-native-roots", feature = "tls-webpki-roots")))]
            Roots::Nothing => "none",
            Roots::Private(_) => "private",
        };
        f.debug_struct("Tls")
            .field("roots", &roots)
            .field("identity", &self.identity.is_some())
            .field("server_name", &self.server_name)
            .finish()
    }
}

/// Our certificate and its private key: who we are to a server that asks (mutual TLS).
///
/// One value, so that a certificate without its key cannot be configured. `Debug` shows neither.
#[derive(Clone)]
pub struct Identity {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Identity {
    /// Reads a certificate chain, leaf first, and the leaf's private key (PKCS#8, PKCS#1 or SEC1),
    /// both as PEM.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when either text is not PEM, lacks its block, or holds material that the TLS
    /// stack cannot use.
    pub fn from_pem(
        certificate: impl Into<Vec<u8>>,
        key: impl Into<Vec<u8>>,
    ) -> Result<Self, TlsError> {
        let identity = Self {
            certificate: certificate.into(),
            key: key.into(),
        };
        blocks(PemPart::ClientCertificate, &identity.certificate, |item| {
            matches!(item, rustls_pemfile::Item::X509Certificate(_))
        })?;
        blocks(PemPart::ClientKey, &identity.key, |item| {
            matches!(
                item,
                rustls_pemfile::Item::Pkcs8Key(_)
                    | rustls_pemfile::Item::Pkcs1Key(_)
                    | rustls_pemfile::Item::Sec1Key(_)
            )
        })?;
        let config = ClientTlsConfig::new().identity(TonicIdentity::from_pem(
            &identity.certificate,
            &identity.key,
        ));
        tonic::transport::Endpoint::from_static("https://localhost:1")
            .tls_config(config)
            .map_err(TlsError::refused)?;
        Ok(identity)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Counts the blocks that are wanted. The text of a broken line is never repeated: it may be part
/// of a key.
fn blocks(
    part: PemPart,
    pem: &[u8],
    wanted: fn(&rustls_pemfile::Item) -> bool,
) -> Result<(), TlsError> {
    let mut rest = pem;
    let mut found = false;
    while let Some((item, remaining)) =
        rustls_pemfile::read_one_from_slice(rest).map_err(|error| TlsError::Pem {
            part,
            problem: match error {
                rustls_pemfile::Error::MissingSectionEnd { .. } => "a block has no end line",
                rustls_pemfile::Error::IllegalSectionStart { .. } => {
                    "a block's first line is malformed"
                }
                rustls_pemfile::Error::Base64Decode(_) => "a block is not base64",
            },
        })?
    {
        found |= wanted(&item);
        rest = remaining;
    }
    if found {
        Ok(())
    } else {
        Err(TlsError::Pem {
            part,
            problem: "it holds no such block",
        })
    }
}

/// The piece of PEM text that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemPart {
    /// The private authority's certificate.
    CaCertificate,
    /// Our certificate chain.
    ClientCertificate,
    /// Our private key.
    ClientKey,
}

impl fmt::Display for PemPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CaCertificate => "CA certificate",
            Self::ClientCertificate => "client certificate",
            Self::ClientKey => "client key",
        })
    }
}

/// Certificates, keys or roots that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A text is not the PEM that it should be.
    #[error("the {part} is not usable PEM: {problem}")]
    Pem {
        /// Which text.
        part: PemPart,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The TLS stack refuses the certificates, the key or the server name.
    #[error("the TLS settings are refused")]
    Refused {
        /// What the TLS stack says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No certificate authority to trust: use [`Tls::private_ca`], or compile in the features
    /// `tls-native-roots` or `tls-webpki-roots`.
    #[error("no roots to trust: give a private CA, or compile in system or bundled roots")]
    NoRoots,
}

impl TlsError {
    pub(crate) fn refused(error: tonic::transport::Error) -> Self {
        Self::Refused {
            source: Box::new(error),
        }
    }
}
