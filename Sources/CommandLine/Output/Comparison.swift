import Kernel
import Martlet

/// Several things side by side: what they have in common and what differs.
struct Comparison {
    /// One row: a name, and what each thing has for it.
    struct Row {
        let name: String
        /// The values for a person; nil where a thing has nothing.
        let values: [String?]
        /// The values for programs; null where a thing has nothing.
        let cells: [JSON]
        let isNumber: Bool
        let differs: Bool

        init(name: String, values: [String?], isNumber: Bool) {
            self.name = name
            self.values = values
            self.isNumber = isNumber
            cells = values.map { Self.cell($0, isNumber: isNumber) }
            differs = Set(values).count > 1
        }

        /// A row that the server made.
        init(_ row: VersionComparison.Row, isNumber: Bool) {
            name = row.key
            values = row.values.map { $0 == .null ? nil : Readable.value($0) }
            cells = row.values
            self.isNumber = isNumber
            differs = row.differs
        }

        /// JSON has no number for NaN and the infinities: these are texts.
        private static func cell(_ value: String?, isNumber: Bool) -> JSON {
            guard let value else { return .null }
            guard isNumber, let number = Double(value) else { return .string(value) }
            guard number.isFinite else {
                return .string(number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity")
            }
            return Int64(value).map { .integer($0) } ?? .number(number)
        }
    }

    /// The things' names, in their order.
    let things: [String]
    private(set) var groups: [(name: String, rows: [Row])] = []

    init(_ things: [String]) {
        self.things = things
    }

    /// Adds a group of facts: for each thing a list of names and values.
    mutating func add(_ group: String, isNumber: Bool = false, _ facts: [[(name: String, value: String)]]) {
        let tables = facts.map { Dictionary($0.map { ($0.name, $0.value) }) { _, last in last } }
        let names = Set(tables.flatMap(\.keys)).sorted()
        groups.append(
            (group, names.map { name in Row(name: name, values: tables.map { $0[name] }, isNumber: isNumber) })
        )
    }

    /// Adds a group of rows that the server made.
    mutating func add(_ group: String, isNumber: Bool = false, _ rows: [VersionComparison.Row]) {
        groups.append((group, rows.map { Row($0, isNumber: isNumber) }))
    }

    /// The rows to print: those that differ, or all.
    func rows(all: Bool) -> [(group: String, rows: [Row])] {
        groups.map { ($0.name, $0.rows.filter { all || $0.differs }) }.filter { !$0.1.isEmpty }
    }

    /// A document for programs: by group and name, a value for each thing, null where it has none.
    func json(_ title: String, _ identities: [JSON], all: Bool) -> JSON {
        var document: JSONObject = [title: .array(identities)]
        for group in groups {
            let rows = group.rows.filter { all || $0.differs }
            document[group.name] = .object(JSONObject(rows.map { ($0.name, .array($0.cells)) }))
        }
        return .object(document)
    }

    /// Tables for a person, one a group.
    func details(all: Bool) -> Details {
        var details = Details()
        for (group, rows) in rows(all: all) {
            let words = group.split(separator: "_").joined(separator: " ")
            let heading = words.prefix(1).uppercased() + words.dropFirst()
            details.add(
                heading,
                Table(
                    columns: [.init(title: "", isFlexible: true)]
                        + things.map { .init(title: $0, isNumber: rows.first?.isNumber ?? false, isFlexible: true) },
                    rows: rows.map { row in
                        [.init(row.name)] + row.values.map { .init($0 ?? "–", $0 == nil ? .faint : nil) }
                    }
                )
            )
        }
        return details
    }
}

extension Comparison {
    /// Adds what runs have: their status and times, parameters, latest metrics, or `metrics` in place of them, and the
    /// tags that a person set.
    mutating func add(_ runs: [Run], metrics: [VersionComparison.Row]? = nil) {
        add(
            "info",
            runs.map { run in
                [
                    ("experiment", run.experimentID), ("status", run.status), ("user", run.user),
                    ("started", Readable.time(run.startedAt)),
                    ("took", Readable.duration(run.startedAt, run.endedAt)),
                ]
            }
        )
        add("params", runs.map(\.params))
        if let metrics {
            add("metrics", isNumber: true, metrics)
        } else {
            add("metrics", isNumber: true, runs.map { $0.metrics.map { ($0.key, Readable.number($0.value)) } })
        }
        add("tags", runs.map { $0.tags.filter { !$0.name.hasPrefix("mlflow.") } })
    }

    /// Adds what versions have: their stage and source, what is told of them in a word or a number each, their tags.
    mutating func add(_ versions: [ModelVersion]) {
        add("version", versions.map(Self.facts))
        add("version_tags", versions.map(\.tags))
    }

    private static func facts(_ version: ModelVersion) -> [(name: String, value: String)] {
        let facts: [(name: String, value: String)] = [
            ("stage", version.stage), ("status", version.status),
            ("aliases", version.aliases.joined(separator: ", ")), ("description", version.description),
            ("source", version.source), ("run", version.runID), ("user", version.user),
            ("created", Readable.time(version.createdAt)),
        ]
        return facts + (version.document?.comparedFacts ?? [])
    }
}
