/** The emoji that the picker offers: what an office says with one. */
export const EMOJI = [
  "👍", "❤️", "😂", "🎉", "🔥", "👀", "🙏", "✅",
  "💯", "👏", "😄", "🥳", "🤔", "😮", "😢", "😅",
  "🚀", "💡", "☕", "🍵", "🧧", "💪", "👌", "🫡",
  "👎", "❌", "⏳", "📌", "➕", "❓", "🌟", "🫶",
];
/** The ones offered in the toolbar itself. */
export const QUICK_EMOJI = EMOJI.slice(0, 3);
