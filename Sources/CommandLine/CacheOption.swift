import ArgumentParser

/// How much is kept of what models answered.
struct CacheOption: ParsableArguments {
    private static let mebibytesMax = 1 << 20

    @Option(
        help: ArgumentHelp(
            "The memory for answers that are kept for whoever asks the same again; 0 keeps none.",
            valueName: "MiB"
        )
    )
    var resultCache: Int?

    /// The bytes that the option gives, or else the variable of the environment; nil when neither does.
    func bytes(_ environment: [String: String]) throws -> Int? {
        guard let text = resultCache.map({ String($0) }) ?? environment["MARTLET_RESULT_CACHE"] else { return nil }
        guard let number = Int(text), (0...Self.mebibytesMax).contains(number) else {
            throw ValidationError("The size of the cache of results is a whole number of MiB, not '\(text)'.")
        }
        return number << 20
    }
}
