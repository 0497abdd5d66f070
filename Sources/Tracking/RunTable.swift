import Database
package import Kernel

/// Runs with everything that they carry, in an order.
///
/// Their params and tags lie packed in memory: a page of a hundred runs is read and written without a `String` for each
/// of a thousand values. As a collection it gives each run as ``RunDetails``, made when asked for.
package struct RunTable: Sendable {
    /// The runs.
    package let runs: [Run]
    /// Their params, of each run in the order of the keys.
    package internal(set) var params: PackedTexts
    /// Their tags, of each run in the order of the keys.
    package internal(set) var tags: PackedTexts
    /// The latest points of their metrics.
    package internal(set) var metrics: LatestMetrics
    /// The datasets that they read, by the place of the run; nothing for most.
    package internal(set) var datasetInputs: [Int: [DatasetInput]] = [:]
    /// The logged models that they used, by the place of the run.
    package internal(set) var modelInputs: [Int: [LoggedModelID]] = [:]
    /// The logged models that they made, by the place of the run.
    package internal(set) var modelOutputs: [Int: [ModelOutput]] = [:]

    /// `runs`, which carry nothing yet.
    init(_ runs: [Run]) {
        self.runs = runs
        params = PackedTexts(ownerCount: runs.count)
        tags = PackedTexts(ownerCount: runs.count)
        metrics = LatestMetrics(ownerCount: runs.count)
    }
}

extension RunTable: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { runs.count }

    /// The run at `place` with what it carries.
    package subscript(place: Int) -> RunDetails {
        RunDetails(
            run: runs[place],
            metrics: metrics.points(of: place).map { metrics.metric($0) },
            params: params.pairs(of: place).map { Param(key: params.key($0), value: params.value($0)) },
            tags: tags.pairs(of: place).map { Tag(key: tags.key($0), value: tags.value($0)) },
            datasetInputs: datasetInputs[place] ?? [],
            modelInputs: modelInputs[place] ?? [],
            modelOutputs: modelOutputs[place] ?? []
        )
    }
}

/// A page of a search of runs.
package struct RunPage: Sendable {
    /// The runs, in the search's order.
    package let items: RunTable
    /// Where the next page begins, or nil on the last one.
    package let next: PageToken?
}

/// Keys and values of several owners, UTF-8 one after another in one piece of memory.
package struct PackedTexts: Sendable {
    /// All keys and values, each key before its value.
    package private(set) var bytes: [UInt8] = []
    /// Where each key and each value ends.
    private var ends: [Int] = []
    private var owners: [Range<Int>]

    init(ownerCount: Int) {
        owners = Array(repeating: 0..<0, count: ownerCount)
    }

    /// Adds a pair to `owner` behind those that it has, before any other owner gets its own; `write` appends the key to
    /// the bytes, then the value.
    mutating func append(
        to owner: Int,
        _ writeKey: (inout [UInt8]) throws -> Void,
        _ writeValue: (inout [UInt8]) throws -> Void
    ) rethrows {
        let pair = ends.count / 2
        try writeKey(&bytes)
        ends.append(bytes.count)
        try writeValue(&bytes)
        ends.append(bytes.count)
        owners[owner] = (owners[owner].isEmpty ? pair : owners[owner].lowerBound)..<pair + 1
    }

    /// The numbers of the pairs of `owner`.
    package func pairs(of owner: Int) -> Range<Int> { owners[owner] }

    /// Where in ``bytes`` the key of `pair` lies.
    package func keyPlace(_ pair: Int) -> Range<Int> { (pair == 0 ? 0 : ends[2 * pair - 1])..<ends[2 * pair] }

    /// Where in ``bytes`` the value of `pair` lies.
    package func valuePlace(_ pair: Int) -> Range<Int> { ends[2 * pair]..<ends[2 * pair + 1] }

    func key(_ pair: Int) -> String { String(decoding: bytes[keyPlace(pair)], as: UTF8.self) }

    func value(_ pair: Int) -> String { String(decoding: bytes[valuePlace(pair)], as: UTF8.self) }
}

/// The latest points of several runs, of each run in the order of the keys.
package struct LatestMetrics: Sendable {
    /// One point.
    package struct Point: Sendable {
        /// The place of its key in ``LatestMetrics/keys``.
        package fileprivate(set) var key: Int
        /// The value; may be NaN or infinite.
        package let value: Double
        /// When it was measured.
        package let timestamp: Timestamp
        /// The training step at which it was measured.
        package let step: Int64
    }

    /// The keys that occur, in the order of their bytes.
    package private(set) var keys: [String] = []
    private var points: [Point] = []
    private var owners: [Range<Int>]

    init(ownerCount: Int) {
        owners = Array(repeating: 0..<0, count: ownerCount)
    }

    /// Adds a point to `owner` behind those that it has, before any other owner gets its own; its key, known by a
    /// number so far, gets its place with ``setKeys(_:)``.
    mutating func append(to owner: Int, keyNumber: Int64, _ point: MetricPoint) {
        let number = points.count
        points.append(
            Point(
                key: Int(keyNumber),
                value: point.value,
                timestamp: Timestamp(milliseconds: point.timestamp),
                step: point.step
            )
        )
        owners[owner] = (owners[owner].isEmpty ? number : owners[owner].lowerBound)..<number + 1
    }

    /// The numbers of the keys that occur.
    var keyNumbers: Set<Int64> {
        var numbers: Set<Int64> = []
        for point in points { numbers.insert(Int64(point.key)) }
        return numbers
    }

    /// Names the keys, which `named` lists with their numbers, and puts each run's points in the order of the keys.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when `named` lacks one.
    mutating func setKeys(_ named: [(number: Int64, key: String)]) throws {
        let sorted = named.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        keys = sorted.map(\.key)
        let places = Dictionary(sorted.enumerated().map { (Int($1.number), $0) }) { first, _ in first }
        for index in points.indices {
            guard let place = places[points[index].key] else {
                throw DatabaseError(.unexpectedValue, "metric key \(points[index].key) has no name")
            }
            points[index].key = place
        }
        for owner in owners where !owner.isEmpty { points[owner].sort { $0.key < $1.key } }
    }

    /// The points of `owner`.
    package func points(of owner: Int) -> ArraySlice<Point> { points[owners[owner]] }

    func metric(_ point: Point) -> Metric {
        Metric(key: keys[point.key], value: point.value, timestamp: point.timestamp, step: point.step)
    }
}
