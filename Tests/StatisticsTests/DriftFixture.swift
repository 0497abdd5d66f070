import Foundation
import Statistics
import Testing

/// A scenario of the drift reference: samples, and what Evidently 0.7.23, SciPy 1.17.1 and NumPy 2.4.6 say about them.
struct DriftFixture: Sendable, CustomTestStringConvertible {
    let name: String
    let isNumeric: Bool
    let reference: [String?]
    let current: [String?]
    let truth: Truth

    var testDescription: String { name }

    /// The samples of a numeric scenario.
    var numeric: (reference: SortedSample, current: SortedSample) {
        (SortedSample(reference.map(Self.number)), SortedSample(current.map(Self.number)))
    }

    /// The counts of a categorical scenario.
    var categorical: (reference: CategoryCounts<String>, current: CategoryCounts<String>) {
        (CategoryCounts(reference), CategoryCounts(current))
    }

    private static func number(_ text: String?) -> Double? {
        text.flatMap(Double.init)
    }
}

extension DriftFixture {
    /// Numeric scenarios. n12 has no CSV here for its size; its counts are checked through ``BinnedTruthTests``.
    static let numericScenarios = load("n").filter { !$0.reference.isEmpty }
    /// Categorical scenarios; c13 and c14, whose CSV is large, are rebuilt from their counts.
    static let categoricalScenarios = load("c")
    /// Every scenario, with samples or without.
    static let scenarios = load("n") + categoricalScenarios

    private static func load(_ prefix: String) -> [DriftFixture] {
        guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil),
            let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        else { fatalError("no fixtures beside the test bundle") }
        return files.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }.sorted().map { file in
            read(folder.appending(path: file))
        }
    }

    private static func read(_ url: URL) -> DriftFixture {
        guard let data = try? Data(contentsOf: url),
            let truth = try? JSONDecoder().decode(Truth.self, from: data)
        else { fatalError("cannot read \(url.lastPathComponent)") }
        let table = url.deletingPathExtension().appendingPathExtension("csv")
        let lines = (try? String(contentsOf: table, encoding: .utf8))?.split(separator: "\n").dropFirst()
        var sides: [String: [String?]] = [:]
        if let lines {
            for line in lines {
                let cells = line.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
                sides[String(cells[0]), default: []].append(cells[1].isEmpty ? nil : String(cells[1]))
            }
        } else if case .object(let bins) = truth["bins"], case .list(let keys) = bins["keys"] {
            sides["reference"] = expand(keys, truth.counts("bins", "reference_counts"))
            sides["current"] = expand(keys, truth.counts("bins", "current_counts"))
        }
        return DriftFixture(
            name: url.deletingPathExtension().lastPathComponent,
            isNumeric: truth["type"] == .text("num"),
            reference: sides["reference"] ?? [],
            current: sides["current"] ?? [],
            truth: truth
        )
    }

    private static func expand(_ keys: [Truth], _ counts: [Int]?) -> [String?] {
        zip(keys, counts ?? []).flatMap { key, count in
            guard case .text(let text) = key else { return [String?]() }
            return [String?](repeating: text, count: count)
        }
    }
}

/// A value of a fixture's JSON.
indirect enum Truth: Decodable, Equatable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([Truth])
    case object([String: Truth])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([Truth].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: Truth].self))
        }
    }

    /// What lies below the keys, nil where there is nothing.
    subscript(_ path: String...) -> Truth? {
        path.reduce(self as Truth?) { node, key in
            guard case .object(let members) = node else { return nil }
            return members[key]
        }
    }

    var double: Double? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    var doubles: [Double]? {
        guard case .list(let values) = self else { return nil }
        return values.compactMap(\.double)
    }

    func counts(_ parent: String, _ key: String) -> [Int]? {
        self[parent, key]?.doubles.map { $0.map { Int($0) } }
    }
}

/// Whether `value` is `expected` within a relative or an absolute tolerance, whichever allows more.
func near(_ value: Double?, _ expected: Double?, relative: Double = 1e-9, absolute: Double = 1e-12) -> Bool {
    guard let value, let expected else { return false }
    return abs(value - expected) <= max(absolute, relative * abs(expected))
}
