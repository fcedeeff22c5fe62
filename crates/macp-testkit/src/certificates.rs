use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use std::fmt;

/// A private certificate authority, made on the spot, with a server's and a client's certificate.
///
/// Two values share nothing, so a second one plays the wrong authority. All are PEM.
///
/// ```
/// use macp_testkit::Certificates;
///
/// let right = Certificates::generate()?;
/// let wrong = Certificates::generate()?;
/// assert_ne!(right.ca_pem(), wrong.ca_pem());
/// # Ok::<(), macp_testkit::Error>(())
/// ```
#[derive(Clone)]
pub struct Certificates {
    ca: String,
    server: String,
    server_key: String,
    client: String,
    client_key: String,
}

impl Certificates {
    /// Certificates for a server reached as `127.0.0.1` or `localhost`.
    pub fn generate() -> Result<Self, crate::Error> {
        Self::for_names(["127.0.0.1", "localhost"])
    }

    /// Certificates for a server that is known by these names or addresses and no others.
    pub fn for_names(
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, crate::Error> {
        let names = names.into_iter().map(Into::into).collect();
        Self::sign(names).map_err(|source| crate::Error::Certificates(Box::new(source)))
    }

    fn sign(names: Vec<String>) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let (server, server_key) = leaf(
            &ca,
            "test server",
            names,
            ExtendedKeyUsagePurpose::ServerAuth,
        )?;
        let (client, client_key) = leaf(
            &ca,
            "test client",
            vec!["client".to_owned()],
            ExtendedKeyUsagePurpose::ClientAuth,
        )?;
        Ok(Self {
            ca: ca.pem(),
            server,
            server_key,
            client,
            client_key,
        })
    }

    /// The authority's certificate, for clients to trust.
    pub fn ca_pem(&self) -> &str {
        &self.ca
    }

    /// The server's certificate.
    pub fn server_pem(&self) -> &str {
        &self.server
    }

    /// The server's private key.
    pub fn server_key_pem(&self) -> &str {
        &self.server_key
    }

    /// A client's certificate, for mutual TLS. The runtime itself asks for none.
    pub fn client_pem(&self) -> &str {
        &self.client
    }

    /// The client's private key.
    pub fn client_key_pem(&self) -> &str {
        &self.client_key
    }
}

fn leaf(
    ca: &CertifiedIssuer<'_, KeyPair>,
    common_name: &str,
    names: Vec<String>,
    usage: ExtendedKeyUsagePurpose,
) -> Result<(String, String), rcgen::Error> {
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, common_name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_out_of_debug() {
        let certificates = Certificates::generate().unwrap();
        assert_eq!(format!("{certificates:?}"), "Certificates { .. }");
        assert!(certificates.server_key_pem().contains("PRIVATE KEY"));
        assert!(certificates.client_pem().contains("CERTIFICATE"));
    }

    #[test]
    fn a_name_that_no_certificate_can_hold_is_refused() {
        assert!(Certificates::for_names(["näme"]).is_err());
    }
}
