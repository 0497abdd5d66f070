/// Writes Prometheus' text format, version 0.0.4.
package struct PrometheusText {
    /// What has been written.
    package private(set) var text = ""

    /// An empty page.
    package init() {}

    /// Begins a metric: `counter`, `gauge` or `histogram`.
    package mutating func metric(_ name: StaticString, _ kind: StaticString, _ help: StaticString) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    /// One sample of the metric `name`.
    package mutating func sample(_ name: String, _ labels: [(String, String)] = [], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
            text += "{" + list.joined(separator: ",") + "}"
        }
        // Whole numbers without a fraction, as other exporters write them.
        text += " " + (Int64(exactly: value).map(String.init) ?? value.description) + "\n"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
