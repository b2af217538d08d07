//! The page itself: one text in two languages, without a script.

use hearth_wire::trust::TrustInfo;

use super::steps::{Device, GUIDES, Guide, Words};

/// Its looks, served beside it: the policy of all pages allows no style inside them.
pub(super) const STYLE: &str = include_str!("page.css");

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Chinese,
}

impl Tongue {
    /// What a browser asks for first, of the two.
    pub(super) fn of(accepted: &str) -> Self {
        let mut names = accepted.split(',').map(|part| part.trim().to_ascii_lowercase());
        match names.find(|name| name.starts_with("zh") || name.starts_with("en")) {
            Some(name) if name.starts_with("zh") => Self::Chinese,
            _ => Self::English,
        }
    }

    const fn pick(self, words: &Words) -> &'static str {
        self.say(words.en, words.zh)
    }

    const fn say(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::English => en,
            Self::Chinese => zh,
        }
    }
}

/// Where the secure door is, seen from this page.
pub(super) enum Way {
    /// The page came through it.
    Here,
    /// The page came in the clear; the door is there.
    To(String),
}

/// All that the page says.
pub(super) struct Page<'a> {
    pub(super) info: &'a TrustInfo,
    pub(super) tongue: Tongue,
    pub(super) way: Way,
    pub(super) device: Option<Device>,
}

impl Page<'_> {
    pub(super) fn html(&self) -> String {
        let t = self.tongue;
        let lang = t.say("en", "zh-CN");
        let title = t.say("Trust this box", "信任这台服务器");
        let other = match t {
            Tongue::English => r#"<a href="/trust/zh-CN" lang="zh-CN" hreflang="zh-CN">中文</a>"#,
            Tongue::Chinese => r#"<a href="/trust/en" lang="en" hreflang="en">English</a>"#,
        };
        let mut body = String::new();
        self.lead(&mut body);
        if self.info.tls {
            self.fingerprint(&mut body);
        }
        if self.info.own_authority {
            self.guides(&mut body);
        }
        self.addresses(&mut body);
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} · Hearth</title>\n\
             <link rel=\"stylesheet\" href=\"/trust.css\">\n</head>\n<body>\n\
             <header><nav>{other}</nav></header>\n<main>\n<h1>{title}</h1>\n{body}</main>\n\
             </body>\n</html>\n"
        )
    }

    fn lead(&self, out: &mut String) {
        let t = self.tongue;
        let text = match (self.info.tls, self.info.own_authority) {
            (false, _) => t.say(
                "This box does not encrypt connections. Whoever runs it can switch that on.",
                "这台服务器没有加密连接。管理员可以启用加密。",
            ),
            (true, false) => t.say(
                "Browsers already trust this box under its own name. There is nothing to install.",
                "浏览器已经信任这台服务器的域名，不需要安装任何东西。",
            ),
            (true, true) => t.say(
                "Your office's chat runs on a box in your own network. So that your device knows it again and nobody can listen, it installs the box's certificate once. The certificate is good for this office only, and for nothing on the internet.",
                "办公室的聊天运行在自己网络里的一台服务器上。为了让您的设备认得它、别人无法窃听，请安装一次它的证书。这个证书只对本办公室有效，与任何互联网网站无关。",
            ),
        };
        push(out, format_args!("<p class=\"lead\">{text}</p>\n"));
        if let Way::To(address) = &self.way {
            let go = t.say("Go to the office", "进入办公室");
            let note = if self.info.own_authority {
                t.say(
                    "Until your device trusts the box, the browser warns first. Nobody signs in on this page.",
                    "在您的设备信任它之前，浏览器会先警告。本页面不会要求登录。",
                )
            } else {
                t.say("Nobody signs in on this page.", "本页面不会要求登录。")
            };
            let address = escape(address);
            push(out, format_args!("<p><a class=\"go\" href=\"{address}/\">{go}</a></p>\n"));
            push(out, format_args!("<p class=\"note\">{note}</p>\n"));
        }
    }

    fn fingerprint(&self, out: &mut String) {
        let t = self.tongue;
        let title = t.say("Is it the real one?", "是真的这台吗？");
        let hint = t.say(
            "The box's own screen shows the same six words while it waits to be set up; later, <code>hearth status</code> does. If they differ, stop, and ask whoever runs the box.",
            "等待设置时，服务器自己的屏幕会显示同样的六个词；之后可用 <code>hearth status</code> 查看。如果不同，请停下来并询问管理员。",
        );
        push(
            out,
            format_args!("<h2>{title}</h2>\n<p>{hint}</p>\n<ol class=\"words\" lang=\"en\">\n"),
        );
        for (word, number) in self.info.words.iter().zip(&self.info.numbers) {
            let word = escape(word);
            push(out, format_args!("<li><b>{word}</b> <i>{number:03}</i></li>\n"));
        }
        out.push_str("</ol>\n");
        if let Some(print) = &self.info.certificate {
            let label = t.say(
                "SHA-256 fingerprint, which your device shows when it installs the certificate:",
                "SHA-256 指纹，设备安装证书时会显示：",
            );
            let print = escape(print);
            push(
                out,
                format_args!("<p>{label}</p>\n<p class=\"print\"><code>{print}</code></p>\n"),
            );
        }
    }

    fn guides(&self, out: &mut String) {
        let title = self.tongue.say("Install the certificate", "安装证书");
        push(out, format_args!("<h2>{title}</h2>\n"));
        // The reader's own kind of device comes first, and open.
        let own = |guide: &&Guide| Some(guide.device) == self.device;
        for guide in GUIDES.iter().filter(own) {
            self.guide(guide, " open", out);
        }
        for guide in GUIDES.iter().filter(|guide| !own(guide)) {
            self.guide(guide, "", out);
        }
    }

    fn guide(&self, guide: &Guide, open: &str, out: &mut String) {
        let name = self.tongue.pick(&guide.name);
        push(out, format_args!("<details{open}><summary>{name}</summary>\n<ol>\n"));
        for step in guide.steps {
            push(out, format_args!("<li>{}</li>\n", self.tongue.pick(step)));
        }
        out.push_str("</ol></details>\n");
    }

    fn addresses(&self, out: &mut String) {
        let t = self.tongue;
        let title = t.say("Where the office is", "办公室的地址");
        push(out, format_args!("<h2>{title}</h2>\n<ul class=\"addresses\">\n"));
        for address in &self.info.addresses {
            let address = escape(address);
            push(out, format_args!("<li><a href=\"{address}/\">{address}</a></li>\n"));
        }
        out.push_str("</ul>\n");
        // What draws the square begins with a declaration, which has no place inside of a page.
        if let Some(at) = self.info.qr_svg.find("<svg") {
            let label = t.say("The first address as a QR code", "第一个地址的二维码");
            let drawn = &self.info.qr_svg[at..];
            push(
                out,
                format_args!(
                    "<div class=\"square\" role=\"img\" aria-label=\"{label}\">{drawn}</div>\n"
                ),
            );
        }
    }
}

fn push(out: &mut String, part: std::fmt::Arguments<'_>) {
    out.push_str(&part.to_string());
}

/// A text from outside as HTML, in an attribute or not.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
