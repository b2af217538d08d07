//! One order, from the account to the chain.

use std::path::Path;
use std::time::Duration;

use instant_acme::{
    Account, AccountBuilder, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier,
    NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::super::TlsError;
use super::AcmeError;
use super::client::Client;
use super::hook::{Act, Program, Records, Txt};
use crate::config::AcmeConfig;
use crate::data_dir::write_private;

/// How long the authority may take to look at the records, and to issue.
const AUTHORITY_TIMEOUT: Duration = Duration::from_secs(180);

/// What came of it, both as PEM.
pub(super) struct Ordered {
    pub(super) chain: String,
    pub(super) key: String,
}

/// Orders a certificate for all names.
pub(super) async fn order(config: &AcmeConfig, account: &Path) -> Result<Ordered, AcmeError> {
    let account = open_account(config, account).await?;
    let names: Vec<Identifier> = config.names.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let records = Program::of(config)?;
    let mut set = Vec::new();
    let proved = prove(&mut order, config, (&records, &mut set)).await;
    let issued = match proved {
        Ok(()) => issue(&mut order, config).await,
        Err(error) => Err(error),
    };
    // However it went, nothing is left in the zone.
    for txt in &set {
        if let Err(error) = records.apply(Act::Remove, txt).await {
            tracing::warn!(%error, record = txt.name, "a record was left behind");
        }
    }
    issued
}

fn client(config: &AcmeConfig) -> Result<AccountBuilder, AcmeError> {
    let client = Client::new(config.root.as_deref()).map_err(instant_acme::Error::Other)?;
    Ok(Account::builder_with_http(Box::new(client)))
}

/// The account that was made before, or a new one. Its key is kept beside the certificates.
async fn open_account(config: &AcmeConfig, path: &Path) -> Result<Account, AcmeError> {
    if let Ok(kept) = std::fs::read(path)
        && let Ok(credentials) = serde_json::from_slice::<AccountCredentials>(&kept)
    {
        return Ok(client(config)?.from_credentials(credentials).await?);
    }
    let contact: Vec<&str> = config.contact.iter().map(String::as_str).collect();
    let wanted = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let (account, credentials) =
        client(config)?.create(&wanted, config.directory.clone(), None).await?;
    let text = serde_json::to_vec(&credentials).map_err(instant_acme::Error::Json)?;
    write_private(path, &text)
        .map_err(|source| Box::new(TlsError::File { path: path.to_owned(), source }))?;
    Ok(account)
}

/// Proves that each name is ours; the records that were set are in `set`, even after a failure.
async fn prove(
    order: &mut Order,
    config: &AcmeConfig,
    (records, set): (&impl Records, &mut Vec<Txt>),
) -> Result<(), AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let mut challenge = authorization
            .challenge(ChallengeType::Dns01)
            .ok_or_else(|| AcmeError::NoDns(name.clone()))?;
        let plain = name.strip_prefix("*.").unwrap_or(&name);
        let txt = Txt {
            name: format!("_acme-challenge.{plain}"),
            value: challenge.key_authorization().dns_value(),
        };
        set.push(txt.clone());
        records.apply(Act::Present, &txt).await?;
        tokio::time::sleep(Duration::from_secs(config.settle_s)).await;
        challenge.set_ready().await?;
    }
    let policy = RetryPolicy::default().timeout(AUTHORITY_TIMEOUT);
    match order.poll_ready(&policy).await? {
        OrderStatus::Ready => Ok(()),
        other => Err(AcmeError::Order(format!("{other:?}").to_lowercase())),
    }
}

/// Has the certificate issued, for a new key.
async fn issue(order: &mut Order, config: &AcmeConfig) -> Result<Ordered, AcmeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(config.names.clone())?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key)?;
    order.finalize_csr(request.der()).await?;
    let policy = RetryPolicy::default().timeout(AUTHORITY_TIMEOUT);
    let chain = order.poll_certificate(&policy).await?;
    Ok(Ordered { chain, key: key.serialize_pem() })
}
