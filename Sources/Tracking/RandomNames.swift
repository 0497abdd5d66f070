/// Names for runs and logged models that nobody named: `calm-owl-412`.
enum RandomNames {
    private static let adjectives = [
        "able", "agile", "amber", "apt", "bold", "brave", "brisk", "calm", "clear", "clever", "crisp", "deft", "eager",
        "early", "fair", "fast", "fine", "fleet", "fond", "frank", "fresh", "gentle", "glad", "grand", "hale", "handy",
        "keen", "kind", "late", "light", "lithe", "lively", "loyal", "lucid", "merry", "mild", "neat", "nimble",
        "noble", "novel", "plain", "polite", "prime", "proud", "quick", "quiet", "rapid", "ready", "red", "sharp",
        "silver", "sleek", "smart", "snug", "sober", "sound", "spry", "steady", "still", "sunny", "swift", "tidy",
        "trim", "true", "vivid", "warm", "wise", "witty",
    ]
    private static let nouns = [
        "auk", "bat", "bear", "bee", "boar", "carp", "cat", "cod", "colt", "crab", "crane", "crow", "deer", "dove",
        "duck", "eagle", "eel", "elk", "emu", "fawn", "finch", "fish", "fly", "fox", "frog", "goat", "goose", "grouse",
        "gull", "hare", "hawk", "hen", "heron", "horse", "ibis", "jay", "kite", "lamb", "lark", "lynx", "mole", "moth",
        "mouse", "newt", "owl", "ox", "pike", "pony", "quail", "ram", "rat", "raven", "robin", "rook", "seal",
        "shad", "shrew", "skink", "sloth", "snail", "snipe", "stag", "stork", "swan", "tern", "toad", "trout", "vole",
        "wasp", "whale", "wolf", "wren", "yak",
    ]

    /// Two words and a number from 0 to 999, at most 20 characters.
    static func next(using generator: inout some RandomNumberGenerator) -> String {
        let adjective = adjectives.randomElement(using: &generator) ?? "calm"
        let noun = nouns.randomElement(using: &generator) ?? "owl"
        return "\(adjective)-\(noun)-\(Int.random(in: 0...999, using: &generator))"
    }
}
