//! Where a request goes: a URL that passed every check that needs no network.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Longest URL, in bytes.
pub const URL_BYTES_MAX: usize = 2_048;

/// Ports below 1,024 that web servers use.
const LOW_PORTS: [u16; 2] = [80, 443];
/// Ports above that browsers refuse (WHATWG Fetch, "bad port"), because what listens there is not a
/// web server and could take a request for its own language.
const BAD_PORTS: [u16; 22] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080, 11211, 6379, 9100,
];

/// Why a URL is no place for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefused {
    /// It is none, or longer than 2,048 bytes.
    #[error("not a URL")]
    NotAUrl,
    /// Only http and https.
    #[error("not http or https")]
    Scheme,
    /// A name or password stands in it.
    #[error("a name or password stands in the URL")]
    UserInfo,
    /// A port on which no web server should be asked.
    #[error("a port that is not for the web")]
    Port,
}

/// An http or https URL without userinfo, to a port of the web.
#[derive(Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether it is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The name or address as URLs spell it; an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or_default()
    }

    /// Where a redirect to `location` leads.
    ///
    /// # Errors
    /// [`UrlRefused`], by the same rules.
    pub fn follow(&self, location: &str) -> Result<Self, UrlRefused> {
        if location.len() > URL_BYTES_MAX {
            return Err(UrlRefused::NotAUrl);
        }
        self.0.join(location).map_err(|_| UrlRefused::NotAUrl).and_then(checked)
    }

    /// What stands in the request line.
    pub(super) fn path_and_query(&self) -> &str {
        &self.0[url::Position::BeforePath..url::Position::AfterQuery]
    }

    /// What stands in the `Host` header.
    pub(super) fn authority(&self) -> &str {
        &self.0[url::Position::BeforeHost..url::Position::AfterPort]
    }
}

/// A path or query may be a secret (many webhooks' are), so only the origin is shown.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.authority())
    }
}

impl FromStr for Target {
    type Err = UrlRefused;

    fn from_str(text: &str) -> Result<Self, UrlRefused> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlRefused::NotAUrl);
        }
        Url::parse(text).map_err(|_| UrlRefused::NotAUrl).and_then(checked)
    }
}

fn checked(url: Url) -> Result<Target, UrlRefused> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(UrlRefused::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlRefused::UserInfo);
    }
    let target = Target(url);
    let port = target.port();
    let for_the_web = LOW_PORTS.contains(&port) || (port >= 1_024 && !BAD_PORTS.contains(&port));
    if for_the_web { Ok(target) } else { Err(UrlRefused::Port) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> UrlRefused {
        url.parse::<Target>().unwrap_err()
    }

    #[test]
    fn only_plain_web_urls_pass() {
        assert_eq!(refusal("nonsense"), UrlRefused::NotAUrl);
        assert_eq!(refusal("http://"), UrlRefused::NotAUrl);
        assert_eq!(refusal(&format!("http://a/{}", "a".repeat(2_048))), UrlRefused::NotAUrl);
        assert_eq!(refusal("file:///etc/passwd"), UrlRefused::Scheme);
        assert_eq!(refusal("gopher://a/"), UrlRefused::Scheme);
        assert_eq!(refusal("http://ann@a/"), UrlRefused::UserInfo);
        assert_eq!(refusal("http://:pw@a/"), UrlRefused::UserInfo);
        for port in [1, 22, 25, 444, 6000, 6379] {
            assert_eq!(refusal(&format!("http://a:{port}/")), UrlRefused::Port);
        }
        for url in ["http://a", "https://a:8443/x?y#z", "http://a:9000/", "HTTPS://A/"] {
            assert!(url.parse::<Target>().is_ok(), "{url}");
        }
    }

    #[test]
    fn addresses_in_disguise_are_read_as_the_kernel_would() {
        let host = |url: &str| url.parse::<Target>().unwrap().host();
        for url in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://017700000001/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://１２７.0.0.1/",
        ] {
            assert_eq!(host(url), "127.0.0.1", "{url}");
        }
        assert_eq!(host("http://[::FFFF:127.0.0.1]/"), "::ffff:127.0.0.1");
        assert_eq!(host("http://LOCALHOST./"), "localhost");
        assert_eq!(host("http://例子.测试/"), "xn--fsqu00a.xn--0zwm56d");
    }

    #[test]
    fn a_redirect_is_checked_again() {
        let from: Target = "https://a.example/x/y".parse().unwrap();
        assert_eq!(from.follow("../z").unwrap().url().as_str(), "https://a.example/z");
        assert_eq!(from.follow("//b.example").unwrap().host(), "b.example");
        assert_eq!(from.follow("javascript:alert(1)"), Err(UrlRefused::Scheme));
        assert_eq!(from.follow("https://u:p@b.example"), Err(UrlRefused::UserInfo));
        assert_eq!(from.follow("http://b.example:22"), Err(UrlRefused::Port));
    }

    #[test]
    fn debug_shows_no_path() {
        let target: Target = "https://a.example:8443/hooks/secret?token=secret".parse().unwrap();
        assert_eq!(format!("{target:?}"), "https://a.example:8443");
    }
}
