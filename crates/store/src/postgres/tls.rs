//! TLS to the server: whose certificates are trusted, and what they have to fit.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::error::{Answer, ServerError};

/// TLS for a server. The certificate is checked against the authorities that are named, or else
/// those of the system (`SSL_CERT_FILE` may name others).
pub(super) fn tls(address: &Address) -> Answer<MakeRustlsConnect> {
    let cannot = |error: Error| ServerError::Unavailable(error.to_string());
    let authorities = Arc::new(match &address.authorities {
        Some(file) => read_authorities(file)?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        }
    });
    let provider = Arc::new(default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone());
    let config = config.with_safe_default_protocol_versions().map_err(cannot)?;
    let config = if address.must_fit_name {
        config.with_root_certificates(authorities)
    } else {
        let checks = WebPkiServerVerifier::builder_with_provider(authorities, provider).build();
        let checks = checks.map_err(|error| ServerError::Unavailable(error.to_string()))?;
        config.dangerous().with_custom_certificate_verifier(Arc::new(AnyName(checks)))
    };
    Ok(MakeRustlsConnect::new(config.with_no_client_auth()))
}

fn read_authorities(file: &Path) -> Answer<RootCertStore> {
    let cannot = |problem: &dyn std::fmt::Display| {
        ServerError::Unavailable(format!("sslrootcert {}: {problem}", file.display()))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| cannot(&error))? {
        let certificate = certificate.map_err(|error| cannot(&error))?;
        roots.add(certificate).map_err(|error| cannot(&error))?;
    }
    if roots.is_empty() { Err(cannot(&"it holds no certificate")) } else { Ok(roots) }
}

/// `verify-ca`: the certificate must come from a trusted authority, whatever name it is for.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        use CertificateError::{NotValidForName, NotValidForNameContext};

        // The name is looked at last: all else is right when it is not.
        match self.0.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. })) => {
                Ok(ServerCertVerified::assertion())
            }
            checked => checked,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
