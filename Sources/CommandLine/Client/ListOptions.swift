import ArgumentParser

/// How much of a list is printed.
struct ListOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Print at most so many.", valueName: "count"))
    var limit = 100

    @Flag(help: "Print all, however many there are.")
    var all = false

    /// The most to print; nil for all.
    var bound: Int? { all ? nil : limit }

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit is 1 or more, not \(limit).") }
    }
}
