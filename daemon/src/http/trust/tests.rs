//! What stands on the page and in the files, without a server.

use bytes::Bytes;
use hearth_wire::trust::TrustInfo;

use super::files::{as_pem, as_profile};
use super::page::{Page, Tongue, Way, escape};
use super::steps::{Device, GUIDES};
use crate::setup::Identity;
use crate::tls::Authority;

fn info() -> TrustInfo {
    let identity = Identity::new(b"key", b"certificate");
    TrustInfo {
        tls: true,
        own_authority: true,
        words: identity.words().map(str::to_owned).to_vec(),
        numbers: identity.numbers().to_vec(),
        key: Some(identity.key()),
        certificate: Some(identity.certificate()),
        addresses: vec!["https://192.168.1.4".to_owned(), "https://box.local".to_owned()],
        qr_svg: "<?xml version=\"1.0\"?><svg id=\"square\"/>".to_owned(),
    }
}

fn html(info: &TrustInfo, tongue: Tongue, way: Way, device: Option<Device>) -> String {
    Page { info, tongue, way, device }.html()
}

#[test]
fn both_languages_say_all_of_it() {
    for (tongue, lang, title) in [
        (Tongue::English, "lang=\"en\"", "Trust this box"),
        (Tongue::Chinese, "lang=\"zh-CN\"", "信任这台服务器"),
    ] {
        let page = html(&info(), tongue, Way::Here, Some(Device::Android));
        assert!(page.contains(&format!("<html {lang}>")), "{page}");
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        for word in info().words {
            assert!(page.contains(&word), "{word}");
        }
        assert!(page.contains(&info().certificate.unwrap()), "{page}");
        for file in ["/ca.crt", "/ca.pem", "/hearth.mobileconfig", "https://192.168.1.4/"] {
            assert!(page.contains(&format!("href=\"{file}\"")), "{file}");
        }
        assert_eq!(page.matches("<details").count(), GUIDES.len());
        assert_eq!(page.matches("<details open>").count(), 1);
        assert!(page.contains("<svg") && !page.contains("<?xml"), "{page}");
        assert!(!page.contains("<form") && !page.contains("<script") && !page.contains("<input"));
    }
    for guide in &GUIDES {
        for step in guide.steps {
            assert!(!step.zh.is_ascii(), "{}", step.en);
        }
    }
}

#[test]
fn the_page_in_the_clear_leads_to_the_secure_door() {
    let page = html(&info(), Tongue::English, Way::To("https://box.local".to_owned()), None);
    assert!(page.contains("class=\"go\" href=\"https://box.local/\""), "{page}");
    assert!(!page.contains("<details open>"));
    let hostile = Way::To("https://\"><script>".to_owned());
    assert!(!html(&info(), Tongue::Chinese, hostile, None).contains("<script"));
    assert_eq!(escape("<a href='\"&'>"), "&lt;a href=&#39;&quot;&amp;&#39;&gt;");
}

#[test]
fn nothing_is_to_be_installed_where_browsers_trust_already() {
    let public = TrustInfo { own_authority: false, ..info() };
    let page = html(&public, Tongue::English, Way::Here, None);
    assert!(page.contains("nothing to install") && !page.contains("<details"), "{page}");
    let plain = html(&TrustInfo::default(), Tongue::Chinese, Way::Here, None);
    assert!(plain.contains("没有加密") && !plain.contains("class=\"words\""), "{plain}");
}

#[test]
fn language_and_device_are_guessed_from_what_a_browser_says() {
    for (accepted, tongue) in [
        ("zh-CN,zh;q=0.9,en;q=0.8", Tongue::Chinese),
        ("de-DE,de;q=0.9,zh;q=0.5", Tongue::Chinese),
        ("en-GB,zh;q=0.9", Tongue::English),
        ("fr", Tongue::English),
        ("", Tongue::English),
    ] {
        assert_eq!(Tongue::of(accepted), tongue, "{accepted}");
    }
    for (agent, device) in [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", Some(Device::Iphone)),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140", Some(Device::Android)),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", Some(Device::Windows)),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", Some(Device::Mac)),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", Some(Device::Firefox)),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140", Some(Device::Linux)),
        ("curl/8", None),
    ] {
        assert_eq!(Device::of(agent), device, "{agent}");
    }
}

#[test]
fn files_have_the_forms_that_systems_take() {
    let certificate = rcgen::generate_simple_self_signed(["box".to_owned()]).unwrap();
    let (der, pem) = (certificate.cert.der().to_vec(), certificate.cert.pem());
    assert_eq!(as_pem(&der).replace('\n', ""), pem.replace("\r\n", "").replace('\n', ""));
    assert!(as_pem(&der).lines().all(|line| line.len() <= 64));
    let authority =
        Authority { certificate: Bytes::from(der.clone()), identity: Identity::new(b"key", &der) };
    let profile = as_profile(&authority, "box<&>.lan");
    assert!(profile.contains("<string>Hearth on box.lan</string>"), "{profile}");
    assert!(profile.contains("<string>com.apple.security.root</string>"), "{profile}");
    let inside = profile.split_once("<data>").unwrap().1.split_once("</data>").unwrap().0;
    assert!(as_pem(&der).replace('\n', "").contains(inside));
    assert_eq!(profile.matches("<dict>").count(), profile.matches("</dict>").count());
}
