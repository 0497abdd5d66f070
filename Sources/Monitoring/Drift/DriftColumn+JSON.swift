package import Kernel

extension DriftColumn {
    /// The column as it is kept and shown. An infinite edge is null.
    package var json: JSON {
        var members: [(String, JSON)] = [
            ("column", .string(name)),
            ("kind", .string(kind.rawValue)),
            ("verdict", .string(verdict.rawValue)),
            ("statistics", .array(statistics.map(\.json))),
            ("reference", reference.json),
            ("current", current.json),
        ]
        if let bins { members.append(("bins", bins.json)) }
        return .object(JSONObject(members))
    }

    /// The column that ``json`` was made of; nil when it was not.
    init?(json: JSON) {
        guard let object = json.objectValue, let name = object["column"]?.stringValue,
            let kind = object["kind"]?.stringValue.flatMap(Kind.init),
            let reference = object["reference"].flatMap(ColumnSummary.init(json:)),
            let current = object["current"].flatMap(ColumnSummary.init(json:)),
            let statistics = object["statistics"]?.arrayValue
        else { return nil }
        self.init(
            name: name,
            kind: kind,
            statistics: statistics.compactMap(DriftStatistic.init(json:)),
            reference: reference,
            current: current,
            bins: object["bins"].flatMap(DriftBins.init(json:))
        )
    }
}

extension DriftStatistic {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = [("method", .string(method.rawValue)), ("value", .number(value))]
        if let pValue { members.append(("p_value", .number(pValue))) }
        members += [
            ("threshold_warning", .number(method.thresholds.warning)),
            ("threshold_alert", .number(method.thresholds.alert)),
            ("verdict", .string(verdict.rawValue)),
        ]
        return .object(JSONObject(members))
    }

    fileprivate init?(json: JSON) {
        guard let object = json.objectValue,
            let method = object["method"]?.stringValue.flatMap(DriftMethod.init),
            let value = object["value"]?.doubleValue,
            let verdict = object["verdict"]?.stringValue.flatMap(DriftVerdict.init)
        else { return nil }
        self.init(method: method, value: value, pValue: object["p_value"]?.doubleValue, verdict: verdict)
    }
}

extension ColumnSummary {
    fileprivate var json: JSON {
        var members: [(String, JSON)] = [("count", .integer(Int64(count))), ("missing", .integer(Int64(missing)))]
        if let mean { members.append(("mean", .number(mean))) }
        if let standardDeviation { members.append(("std", .number(standardDeviation))) }
        return .object(JSONObject(members))
    }

    fileprivate init?(json: JSON) {
        guard let object = json.objectValue, let count = object["count"]?.integerValue,
            let missing = object["missing"]?.integerValue
        else { return nil }
        self.init(
            count: Int(count),
            missing: Int(missing),
            mean: object["mean"]?.doubleValue,
            standardDeviation: object["std"]?.doubleValue
        )
    }
}

extension DriftBins {
    fileprivate var json: JSON {
        let bounds: [JSON] =
            switch bounds {
            case .edges(let edges): edges.map { $0.isFinite ? .number($0) : .null }
            case .labels(let labels): labels.map { .string($0) }
            }
        return .object(
            JSONObject([
                ("edges", .array(bounds)),
                ("reference", .array(reference.map { .number($0) })),
                ("current", .array(current.map { .number($0) })),
            ])
        )
    }

    fileprivate init?(json: JSON) {
        guard let object = json.objectValue, let bounds = object["edges"]?.arrayValue,
            let reference = object["reference"]?.arrayValue, let current = object["current"]?.arrayValue
        else { return nil }
        let labels = bounds.compactMap(\.stringValue)
        self.init(
            bounds: labels.count == bounds.count ? .labels(labels) : .edges(Self.edges(bounds)),
            reference: reference.compactMap(\.doubleValue),
            current: current.compactMap(\.doubleValue)
        )
    }

    /// Null at the first place is −∞, elsewhere +∞.
    private static func edges(_ bounds: [JSON]) -> [Double] {
        bounds.enumerated().map { index, bound in bound.doubleValue ?? (index == 0 ? -.infinity : .infinity) }
    }
}
