//! What to press on each kind of device until it trusts the box's own authority.
//!
//! The words of menus are those of the systems; where a maker words them otherwise, the nearest path
//! is given.

/// A sentence in both languages, as HTML without anything from outside.
pub(super) struct Words {
    pub(super) en: &'static str,
    pub(super) zh: &'static str,
}

const fn words(en: &'static str, zh: &'static str) -> Words {
    Words { en, zh }
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Device {
    Iphone,
    Android,
    Windows,
    Mac,
    Linux,
    Firefox,
}

impl Device {
    /// The kind that says this of itself; none where that is not clear.
    pub(super) fn of(user_agent: &str) -> Option<Self> {
        let has = |name: &str| user_agent.contains(name);
        if has("iPhone") || has("iPad") {
            Some(Self::Iphone)
        } else if has("Android") {
            Some(Self::Android)
        } else if has("Firefox") && has("Linux") {
            Some(Self::Firefox)
        } else if has("Windows") {
            Some(Self::Windows)
        } else if has("Macintosh") {
            Some(Self::Mac)
        } else {
            has("Linux").then_some(Self::Linux)
        }
    }
}

/// The steps of one kind of device.
pub(super) struct Guide {
    pub(super) device: Device,
    pub(super) name: Words,
    pub(super) steps: &'static [Words],
}

/// One guide for each.
pub(super) const GUIDES: [Guide; 6] = [
    Guide {
        device: Device::Iphone,
        name: words("iPhone, iPad", "iPhone、iPad"),
        steps: &[
            words(
                r#"In Safari, open <a href="/hearth.mobileconfig">the profile</a> and allow the download."#,
                r#"在 Safari 中打开<a href="/hearth.mobileconfig">描述文件</a>，并允许下载。"#,
            ),
            words(
                "Open Settings, then “Profile Downloaded” at the top, and install it. Under “More Details” compare the fingerprint with the one above.",
                "打开“设置”，点顶部的“已下载描述文件”并安装。在“更多详细信息”里核对上面的指纹。",
            ),
            words(
                "<strong>A second step is needed:</strong> Settings, General, About, Certificate Trust Settings. Switch “Hearth on …” on.",
                "<strong>还需要第二步：</strong>设置 → 通用 → 关于本机 → 证书信任设置，打开“Hearth on …”。",
            ),
        ],
    },
    Guide {
        device: Device::Android,
        name: words("Android", "安卓"),
        steps: &[
            words(
                r#"Save <a href="/ca.crt">ca.crt</a>."#,
                r#"保存 <a href="/ca.crt">ca.crt</a>。"#,
            ),
            words(
                "Open Settings and search for “CA certificate” (Security, More security settings, Encryption and credentials, Install a certificate).",
                "打开“设置”，搜索“CA 证书”（安全 → 更多安全设置 → 加密与凭据 → 安装证书）。",
            ),
            words(
                "Choose “CA certificate”, “Install anyway”, and the file. Android asks for your screen lock.",
                "选择“CA 证书”→“仍然安装”，再选这个文件。安卓会要求输入锁屏密码。",
            ),
            words(
                "Chrome trusts it from then on. Firefox for Android needs “Use third party CA certificates” under its secret settings.",
                "之后 Chrome 就会信任。安卓版 Firefox 还要在隐藏设置里打开“使用第三方 CA 证书”。",
            ),
        ],
    },
    Guide {
        device: Device::Windows,
        name: words("Windows (Edge, Chrome, Firefox)", "Windows（Edge、Chrome、Firefox）"),
        steps: &[
            words(
                r#"Save <a href="/ca.crt">ca.crt</a> and open it. Under “Details”, compare the SHA-256 if it is shown."#,
                r#"保存 <a href="/ca.crt">ca.crt</a> 并打开。“详细信息”里若显示 SHA-256，请核对。"#,
            ),
            words(
                "“Install Certificate…”, “Local Machine”, then “Place all certificates in the following store”.",
                "点“安装证书…”→“本地计算机”→“将所有的证书都放入下列存储”。",
            ),
            words(
                "Choose “Trusted Root Certification Authorities” and finish. Close the browser and open it again.",
                "选择“受信任的根证书颁发机构”并完成。关闭浏览器后重新打开。",
            ),
        ],
    },
    Guide {
        device: Device::Mac,
        name: words("Mac (Safari, Chrome, Firefox)", "Mac（Safari、Chrome、Firefox）"),
        steps: &[
            words(
                r#"Save <a href="/ca.crt">ca.crt</a> and open it. Keychain Access adds it to “login”."#,
                r#"保存 <a href="/ca.crt">ca.crt</a> 并打开，“钥匙串访问”会把它加到“登录”。"#,
            ),
            words(
                "Find “Hearth on …” there, open it, and compare the SHA-256 fingerprint.",
                "在里面找到“Hearth on …”，打开并核对 SHA-256 指纹。",
            ),
            words(
                "Under “Trust”, set “When using this certificate” to “Always Trust”, and close the window.",
                "在“信任”下，把“使用此证书时”设为“始终信任”，然后关闭窗口。",
            ),
        ],
    },
    Guide {
        device: Device::Linux,
        name: words("Linux (Chrome, Chromium)", "Linux（Chrome、Chromium）"),
        steps: &[
            words(
                r#"Save <a href="/ca.pem">ca.pem</a>."#,
                r#"保存 <a href="/ca.pem">ca.pem</a>。"#,
            ),
            words(
                "Settings, Privacy and security, Security, Manage certificates, “Installed by you”, then import it under “Trusted Certificates”.",
                "设置 → 隐私和安全 → 安全 → 管理证书 →“由您安装”，在“受信任的证书”下导入。",
            ),
            words(
                "For programs such as curl: <code>sudo cp ca.pem /usr/local/share/ca-certificates/hearth.crt &amp;&amp; sudo update-ca-certificates</code>",
                "供 curl 等程序使用：<code>sudo cp ca.pem /usr/local/share/ca-certificates/hearth.crt &amp;&amp; sudo update-ca-certificates</code>",
            ),
        ],
    },
    Guide {
        device: Device::Firefox,
        name: words("Firefox with a list of its own", "使用自带证书库的 Firefox"),
        steps: &[
            words(
                r#"Save <a href="/ca.pem">ca.pem</a>."#,
                r#"保存 <a href="/ca.pem">ca.pem</a>。"#,
            ),
            words(
                "Settings, Privacy &amp; Security, Certificates, “View Certificates…”, “Authorities”, “Import…”.",
                "设置 → 隐私与安全 → 证书 →“查看证书…”→“证书颁发机构”→“导入…”。",
            ),
            words(
                "Tick “Trust this CA to identify websites”. “View” shows the fingerprint.",
                "勾选“信任由此证书颁发机构来标识网站”。点“查看”可以看到指纹。",
            ),
        ],
    },
];
