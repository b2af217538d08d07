//! The words in which a fingerprint is read out and compared.
//!
//! 256 of them, so that each stands for a byte. They are concrete things with common spellings, and no
//! two differ in one letter only. Whoever does not read English compares the numbers: a word's place.

/// In alphabetical order; the place is the byte.
#[rustfmt::skip]
pub(super) const WORDS: [&str; 256] = [
    "acorn", "acrobat", "actor", "album", "alder", "alpine", "amber", "anchor", "angel", "ankle",
    "antler", "apple", "apron", "arrow", "aspen", "attic", "autumn", "badge", "baker", "bamboo",
    "banjo", "barley", "basil", "basket", "beach", "beacon", "beaver", "berry", "birch", "bishop",
    "blanket", "blossom", "bonfire", "bottle", "boulder", "branch", "bread", "breeze", "brick",
    "bridge", "bronze", "brush", "bubble", "bucket", "butter", "button", "cabin", "cactus", "camel",
    "candle", "canoe", "canyon", "carpet", "castle", "cedar", "cello", "chalk", "cherry", "chimney",
    "cider", "clover", "cobalt", "cobweb", "coffee", "comet", "copper", "coral", "cotton", "cradle",
    "crane", "crayon", "cricket", "crystal", "cuckoo", "curtain", "cypress", "dahlia", "daisy",
    "dawn", "desert", "diamond", "dolphin", "dragon", "drum", "eagle", "easel", "ebony", "echo",
    "elbow", "emerald", "engine", "falcon", "feather", "fern", "fiddle", "finch", "flame", "flint",
    "flower", "forest", "fossil", "fountain", "fox", "garden", "garlic", "geyser", "giant",
    "ginger", "glacier", "globe", "goose", "grape", "gravel", "guitar", "hammer", "harbor",
    "harvest", "hazel", "hedgehog", "helmet", "heron", "hickory", "honey", "hornet", "horse",
    "igloo", "indigo", "iris", "island", "ivory", "jacket", "jaguar", "jasmine", "jewel", "jungle",
    "juniper", "kayak", "kettle", "kitten", "koala", "ladder", "lagoon", "lantern", "laurel",
    "lemon", "leopard", "lilac", "linen", "lion", "lobster", "lotus", "magnet", "magpie", "mango",
    "maple", "marble", "meadow", "melon", "mirror", "monkey", "moss", "muffin", "mustard", "nectar",
    "needle", "nickel", "night", "nutmeg", "oasis", "ocean", "olive", "onion", "opal", "orange",
    "orchid", "otter", "owl", "oyster", "palace", "panda", "paper", "parrot", "pebble", "pelican",
    "pepper", "piano", "pigeon", "pillow", "pine", "planet", "plum", "pocket", "pony", "poppy",
    "prairie", "puppet", "quail", "quartz", "quilt", "rabbit", "raccoon", "radish", "raven",
    "ribbon", "river", "robin", "rose", "ruby", "saddle", "saffron", "sailor", "salmon", "sandal",
    "satchel", "scarf", "shadow", "shell", "silver", "sparrow", "spider", "spruce", "squirrel",
    "summer", "sunset", "swan", "table", "teapot", "temple", "thistle", "thunder", "tiger",
    "timber", "tomato", "topaz", "trumpet", "tulip", "tunnel", "turtle", "umbrella", "valley",
    "vanilla", "velvet", "violet", "violin", "walnut", "walrus", "water", "whale", "window",
    "winter", "wizard", "wolf", "yellow", "yogurt", "zebra", "zinc",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one letter more, less or other makes the one from the other.
    fn are_close(one: &str, other: &str) -> bool {
        let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
        if long.len() - short.len() > 1 {
            return false;
        }
        let ahead = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
        let behind = short.bytes().rev().zip(long.bytes().rev()).take_while(|(a, b)| a == b);
        ahead + behind.count() + 1 >= long.len()
    }

    #[test]
    fn no_two_words_are_mistaken_for_each_other() {
        for (at, word) in WORDS.iter().enumerate() {
            assert!(word.bytes().all(|letter| letter.is_ascii_lowercase()), "{word}");
            assert!((3..=8).contains(&word.len()), "{word}");
            for other in &WORDS[at + 1..] {
                assert!(word < other, "{word} stands before {other}");
                assert!(!are_close(word, other), "{word} and {other}");
            }
        }
        assert!(are_close("amber", "ember") && are_close("cider", "cinder"));
        assert!(!are_close("oak", "oasis") && !are_close("amber", "cider"));
    }
}
