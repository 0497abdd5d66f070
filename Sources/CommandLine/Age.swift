import ArgumentParser

/// How long ago something must have been, as MLflow writes it: `30d`, `8h`, `2d8h5m20s`; parts may have fractions.
struct Age: ExpressibleByArgument, Equatable {
    private static let units: [(name: Character, milliseconds: Double)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]
    /// A thousand years: what is longer is a mistake.
    private static let millisecondsMax: Double = 1000 * 366 * 86_400_000

    let milliseconds: Int64

    init?(argument: String) {
        var sum = 0.0
        var number = ""
        var units = Self.units[...]
        guard !argument.isEmpty else { return nil }
        for character in argument {
            if character.isASCII, character.isNumber || character == "." {
                number.append(character)
                continue
            }
            // In their order, each at most once.
            guard let place = units.firstIndex(where: { $0.name == character }), let value = Double(number) else {
                return nil
            }
            sum += value * units[place].milliseconds
            units = units[(place + 1)...]
            number = ""
        }
        guard number.isEmpty, sum <= Self.millisecondsMax else { return nil }
        milliseconds = Int64(sum)
    }
}
