import Kernel
import Statistics

extension ReferenceColumn {
    /// The column as it is kept: a JSON text, and the sample of a numeric column as little-endian doubles.
    var document: (text: String, sample: [UInt8]) {
        switch content {
        case .numeric(let reference):
            (reference.json.text, reference.sample.values.flatMap { Self.bytes($0.bitPattern) })
        case .categorical(let reference): (reference.json.text, [])
        }
    }

    /// The column that ``document`` was made of.
    ///
    /// - Throws: `DATA_LOSS` when it was not made of one.
    init(name: String, document text: String, sample: [UInt8]) throws {
        do {
            guard let object = try JSON.parse(text.utf8).objectValue else { throw Self.damaged(name) }
            if object["categories"] != nil {
                content = .categorical(try CategoricalReference(json: object))
            } else {
                content = .numeric(try NumericReference(json: object, sample: Self.doubles(sample)))
            }
            self.name = name
        } catch let error as MartletError {
            throw error
        } catch {
            throw Self.damaged(name, error)
        }
    }

    private static func damaged(_ name: String, _ cause: (any Error)? = nil) -> MartletError {
        MartletError(.dataLoss, "The stored reference of column '\(name.prefix(100))' can't be read.", cause: cause)
    }

    private static func bytes(_ bits: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }

    private static func doubles(_ bytes: [UInt8]) -> [Double] {
        stride(from: 0, to: bytes.count - 7, by: 8).map { start in
            Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) })
        }
    }
}

extension NumericReference {
    fileprivate var json: JSON {
        .object(
            JSONObject([
                ("edges", .array(edges.values.map { $0.isFinite ? .number($0) : .null })),
                ("counts", .array(counts.map { .integer(Int64($0)) })),
                ("profile", profile.json),
            ])
        )
    }

    fileprivate init(json object: JSONObject, sample: [Double]) throws(StatisticsError) {
        let edges = (object["edges"]?.arrayValue ?? []).enumerated().map { index, edge in
            edge.doubleValue ?? (index == 0 ? -.infinity : .infinity)
        }
        let profile = NumericProfile(json: object["profile"]?.objectValue ?? JSONObject())
        try self.init(
            profile: profile,
            edges: BinEdges(edges),
            counts: (object["counts"]?.arrayValue ?? []).compactMap(\.integerValue).map { Int($0) },
            sample: SortedSample(sorted: sample, missing: profile.missing)
        )
    }
}

extension NumericProfile {
    fileprivate var json: JSON {
        let moments: [(String, Double?)] = [
            ("mean", mean), ("std", standardDeviation), ("sample_std", sampleStandardDeviation),
            ("min", minimum), ("q25", lowerQuartile), ("median", median), ("q75", upperQuartile), ("max", maximum),
            ("skewness", skewness), ("excess_kurtosis", excessKurtosis),
        ]
        return .object(
            JSONObject(
                [
                    ("count", .integer(Int64(count))), ("missing", .integer(Int64(missing))),
                    ("distinct", .integer(Int64(distinct))),
                ] + moments.compactMap { name, value in value.map { (name, .number($0)) } }
            )
        )
    }

    fileprivate init(json object: JSONObject) {
        func count(_ name: String) -> Int { Int(object[name]?.integerValue ?? 0) }
        func number(_ name: String) -> Double? { object[name]?.doubleValue }
        self.init(
            count: count("count"),
            missing: count("missing"),
            distinct: count("distinct"),
            mean: number("mean"),
            standardDeviation: number("std"),
            sampleStandardDeviation: number("sample_std"),
            minimum: number("min"),
            lowerQuartile: number("q25"),
            median: number("median"),
            upperQuartile: number("q75"),
            maximum: number("max"),
            skewness: number("skewness"),
            excessKurtosis: number("excess_kurtosis")
        )
    }
}

extension CategoricalReference {
    fileprivate var json: JSON {
        .object(
            JSONObject([
                ("categories", .array(categories.map { .string($0) })),
                ("counts", .array(counts.map { .integer(Int64($0)) })),
                ("other", .integer(Int64(otherCount))),
                ("missing", .integer(Int64(missing))),
            ])
        )
    }

    fileprivate init(json object: JSONObject) throws(StatisticsError) {
        try self.init(
            categories: (object["categories"]?.arrayValue ?? []).compactMap(\.stringValue),
            counts: (object["counts"]?.arrayValue ?? []).compactMap(\.integerValue).map { Int($0) },
            otherCount: Int(object["other"]?.integerValue ?? 0),
            missing: Int(object["missing"]?.integerValue ?? 0)
        )
    }
}
