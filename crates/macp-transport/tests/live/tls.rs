use macp_testkit::{Certificates, Runtime};
use macp_transport::{
    Client, Credentials, Error, Identity, PemPart, Tls, TlsError, TransportErrorKind,
};

async fn connect(runtime: &Runtime, tls: Tls) -> Result<Client, Error> {
    let endpoint = runtime.endpoint().replace("127.0.0.1", "localhost");
    Client::builder(endpoint)
        .credentials(Credentials::dev_agent("alice"))
        .tls(tls)
        .connect()
        .await
}

async fn runtime(certificates: &Certificates) -> Runtime {
    Runtime::builder().tls(certificates).start().await.unwrap()
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn a_private_ca_is_trusted() {
    let certificates = Certificates::generate().unwrap();
    let runtime = runtime(&certificates).await;
    let identity = Identity::from_pem(certificates.client_pem(), certificates.client_key_pem());
    let tls = Tls::private_ca(certificates.ca_pem())
        .unwrap()
        .identity(identity.unwrap());
    let client = connect(&runtime, tls).await.unwrap();
    client.initialize().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn another_ca_is_not_trusted() {
    let runtime = runtime(&Certificates::generate().unwrap()).await;
    let other = Certificates::generate().unwrap();
    for tls in [Tls::private_ca(other.ca_pem()).unwrap(), Tls::default()] {
        let error = connect(&runtime, tls).await.unwrap_err();
        assert_eq!(error.transport().unwrap().kind(), TransportErrorKind::Tls);
        assert!(error.is_connect() && !error.is_retryable() && !error.may_have_acted());
    }
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn the_servers_name_must_match_unless_overridden() {
    let certificates = Certificates::for_names(["runtime.internal"]).unwrap();
    let runtime = runtime(&certificates).await;
    let ca = Tls::private_ca(certificates.ca_pem()).unwrap();
    let error = connect(&runtime, ca.clone()).await.unwrap_err();
    assert_eq!(error.transport().unwrap().kind(), TransportErrorKind::Tls);
    let client = connect(&runtime, ca.server_name("runtime.internal"))
        .await
        .unwrap();
    client.initialize().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the runtime: cargo xtask test live"]
async fn plaintext_against_tls_and_tls_against_plaintext_fail() {
    let secured = runtime(&Certificates::generate().unwrap()).await;
    let plain = Runtime::start().await.unwrap();
    let outcome = async {
        Client::builder(secured.endpoint().replace("https", "http"))
            .allow_insecure()
            .connect()
            .await?
            .initialize()
            .await
    };
    assert!(outcome.await.is_err());
    let error = Client::builder(plain.endpoint().replace("http", "https"))
        .connect()
        .await
        .unwrap_err();
    assert_eq!(error.transport().unwrap().kind(), TransportErrorKind::Tls);
}

#[test]
#[ignore = "needs the runtime: cargo xtask test live"]
fn key_material_that_does_not_parse_is_named() {
    let certificates = Certificates::generate().unwrap();
    let (pem, key) = (certificates.client_pem(), certificates.client_key_pem());
    let broken = key.replacen("BEGIN PRIVATE KEY-----", "BEGIN PRIVATE KEY", 1);
    for (certificate, key, expected) in [
        ("", key, PemPart::ClientCertificate),
        (key, key, PemPart::ClientCertificate),
        (pem, "", PemPart::ClientKey),
        (pem, pem, PemPart::ClientKey),
        (pem, &broken, PemPart::ClientKey),
    ] {
        match Identity::from_pem(certificate, key).unwrap_err() {
            TlsError::Pem { part, .. } => assert_eq!(part, expected),
            other => panic!("{other}"),
        }
    }
    // Good PEM around bytes that are no key, and another certificate's key.
    let nonsense = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let other = Certificates::generate().unwrap();
    for key in [nonsense, other.client_key_pem()] {
        assert!(matches!(
            Identity::from_pem(pem, key).unwrap_err(),
            TlsError::Refused { .. }
        ));
    }
    assert!(matches!(
        Tls::private_ca("not pem").unwrap_err(),
        TlsError::Pem {
            part: PemPart::CaCertificate,
            ..
        }
    ));
}
