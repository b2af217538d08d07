//! Slack's names of emoji that tools use, as emoji. Others stay as they are written.

/// Longest name that is looked up, in bytes.
const NAME_BYTES_MAX: usize = 40;

/// Sorted by name, so that it can be searched by halves.
const EMOJI: &[(&str, &str)] = &[
    ("+1", "👍"),
    ("-1", "👎"),
    ("100", "💯"),
    ("alarm_clock", "⏰"),
    ("ambulance", "🚑"),
    ("arrow_down", "⬇️"),
    ("arrow_right", "➡️"),
    ("arrow_up", "⬆️"),
    ("bangbang", "‼️"),
    ("bar_chart", "📊"),
    ("battery", "🔋"),
    ("beer", "🍺"),
    ("beers", "🍻"),
    ("bell", "🔔"),
    ("black_circle", "⚫"),
    ("blue_heart", "💙"),
    ("bomb", "💣"),
    ("book", "📖"),
    ("books", "📚"),
    ("boom", "💥"),
    ("broken_heart", "💔"),
    ("bug", "🐛"),
    ("bulb", "💡"),
    ("cake", "🍰"),
    ("calendar", "📆"),
    ("chart_with_downwards_trend", "📉"),
    ("chart_with_upwards_trend", "📈"),
    ("checkered_flag", "🏁"),
    ("clap", "👏"),
    ("clipboard", "📋"),
    ("clock1", "🕐"),
    ("cloud", "☁️"),
    ("coffee", "☕"),
    ("computer", "💻"),
    ("confetti_ball", "🎊"),
    ("construction", "🚧"),
    ("construction_worker", "👷"),
    ("credit_card", "💳"),
    ("cry", "😢"),
    ("date", "📅"),
    ("dog", "🐶"),
    ("electric_plug", "🔌"),
    ("email", "📧"),
    ("envelope", "✉️"),
    ("exclamation", "❗"),
    ("eyes", "👀"),
    ("facepalm", "🤦"),
    ("file_folder", "📁"),
    ("fire", "🔥"),
    ("fire_engine", "🚒"),
    ("floppy_disk", "💾"),
    ("fork_and_knife", "🍴"),
    ("gear", "⚙️"),
    ("gem", "💎"),
    ("ghost", "👻"),
    ("gift", "🎁"),
    ("globe_with_meridians", "🌐"),
    ("green_heart", "💚"),
    ("grey_question", "❔"),
    ("grin", "😁"),
    ("hammer", "🔨"),
    ("hammer_and_wrench", "🛠️"),
    ("hand", "✋"),
    ("heart", "❤️"),
    ("heavy_check_mark", "✔️"),
    ("heavy_plus_sign", "➕"),
    ("hourglass", "⌛"),
    ("hourglass_flowing_sand", "⏳"),
    ("house", "🏠"),
    ("inbox_tray", "📥"),
    ("information_source", "ℹ️"),
    ("joy", "😂"),
    ("key", "🔑"),
    ("label", "🏷️"),
    ("large_blue_circle", "🔵"),
    ("large_green_circle", "🟢"),
    ("large_orange_circle", "🟠"),
    ("large_yellow_circle", "🟡"),
    ("link", "🔗"),
    ("lock", "🔒"),
    ("loudspeaker", "📢"),
    ("mag", "🔍"),
    ("mailbox", "📫"),
    ("medal", "🏅"),
    ("mega", "📣"),
    ("memo", "📝"),
    ("money_with_wings", "💸"),
    ("moneybag", "💰"),
    ("monkey_face", "🐵"),
    ("moon", "🌔"),
    ("mute", "🔇"),
    ("negative_squared_cross_mark", "❎"),
    ("newspaper", "📰"),
    ("no_entry", "⛔"),
    ("no_entry_sign", "🚫"),
    ("octagonal_sign", "🛑"),
    ("octocat", "🐙"),
    ("octopus", "🐙"),
    ("ok", "🆗"),
    ("ok_hand", "👌"),
    ("outbox_tray", "📤"),
    ("package", "📦"),
    ("page_facing_up", "📄"),
    ("paperclip", "📎"),
    ("partly_sunny", "⛅"),
    ("party_popper", "🎉"),
    ("pencil", "📝"),
    ("pencil2", "✏️"),
    ("penguin", "🐧"),
    ("phone", "☎️"),
    ("point_right", "👉"),
    ("pray", "🙏"),
    ("purple_circle", "🟣"),
    ("pushpin", "📌"),
    ("question", "❓"),
    ("rainbow", "🌈"),
    ("raised_hands", "🙌"),
    ("recycle", "♻️"),
    ("red_circle", "🔴"),
    ("robot", "🤖"),
    ("robot_face", "🤖"),
    ("rocket", "🚀"),
    ("rotating_light", "🚨"),
    ("satellite", "📡"),
    ("scroll", "📜"),
    ("seedling", "🌱"),
    ("shield", "🛡️"),
    ("ship", "🚢"),
    ("shrug", "🤷"),
    ("skull", "💀"),
    ("slightly_smiling_face", "🙂"),
    ("smile", "😄"),
    ("smiley", "😃"),
    ("snail", "🐌"),
    ("snake", "🐍"),
    ("snowflake", "❄️"),
    ("sos", "🆘"),
    ("sparkles", "✨"),
    ("speech_balloon", "💬"),
    ("star", "⭐"),
    ("star2", "🌟"),
    ("stop_sign", "🛑"),
    ("stopwatch", "⏱️"),
    ("sun_with_face", "🌞"),
    ("sunglasses", "😎"),
    ("sunny", "☀️"),
    ("tada", "🎉"),
    ("tea", "🍵"),
    ("telephone_receiver", "📞"),
    ("thermometer", "🌡️"),
    ("thinking_face", "🤔"),
    ("thumbsdown", "👎"),
    ("thumbsup", "👍"),
    ("ticket", "🎫"),
    ("timer_clock", "⏲️"),
    ("tomato", "🍅"),
    ("trophy", "🏆"),
    ("truck", "🚚"),
    ("turtle", "🐢"),
    ("unicorn_face", "🦄"),
    ("unlock", "🔓"),
    ("warning", "⚠️"),
    ("wastebasket", "🗑️"),
    ("watch", "⌚"),
    ("wave", "👋"),
    ("whale", "🐳"),
    ("white_check_mark", "✅"),
    ("white_circle", "⚪"),
    ("wink", "😉"),
    ("wrench", "🔧"),
    ("x", "❌"),
    ("yellow_heart", "💛"),
    ("zap", "⚡"),
    ("zzz", "💤"),
];

/// The emoji of a name without its colons.
pub(super) fn named(name: &str) -> Option<&'static str> {
    let at = EMOJI.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    Some(EMOJI[at].1)
}

/// The emoji at the start of a text, as `:name:` with or without a skin tone, and how many bytes it
/// takes.
pub(super) fn at(text: &str) -> Option<(&'static str, usize)> {
    let inner = text.strip_prefix(':')?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
    let end = inner.find(|c| !is_letter(c)).filter(|end| *end <= NAME_BYTES_MAX)?;
    let shown = inner[end..].starts_with(':').then(|| named(&inner[..end]))??;
    Some((shown, end + 2))
}

/// A text with the names in it as emoji.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        out.push_str(&rest[..colon]);
        rest = &rest[colon..];
        let (emoji, taken) = at(rest).unwrap_or((":", 1));
        out.push_str(emoji);
        rest = &rest[taken..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_domain::text::Emoji;

    #[test]
    fn names_are_sorted_and_emoji_are_emoji() {
        assert!(EMOJI.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (name, emoji) in EMOJI {
            assert!(Emoji::parse(emoji).is_ok(), "{name}");
        }
    }

    #[test]
    fn names_in_a_text_are_shown() {
        assert_eq!(shown("a :tada: b :+1::x:"), "a 🎉 b 👍❌");
        assert_eq!(shown("12:30:45 :nothing: ::x"), "12:30:45 :nothing: ::x");
    }
}
