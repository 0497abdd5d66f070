import Database

/// What runs have under keys: each kind is a table with one value for each run and key.
enum RunValues: Sendable {
    case metric, param, tag

    init?(_ subject: FilterSubject) {
        switch subject {
        case .metric: self = .metric
        case .param: self = .param
        case .tag: self = .tag
        case .attribute, .dataset: return nil
        }
    }

    /// Longer texts are in no index of values, because PostgreSQL bounds the entries of an index.
    static let indexedCharactersMax = 250

    var table: SQLText {
        switch self {
        case .metric: "latest_metrics"
        case .param: "run_params"
        case .tag: "run_tags"
        }
    }

    /// What messages call it.
    var kind: String {
        switch self {
        case .metric: "metric"
        case .param: "parameter"
        case .tag: "tag"
        }
    }

    /// That a row of `alias` is of `key`.
    func isOf(_ key: String, _ alias: SQLText, _ query: inout SearchQuery) -> SQLText {
        let key = query.bind(.text(key))
        return self == .metric
            ? alias + ".key_id = (SELECT key_id FROM metric_keys WHERE key = " + key + ")"
            : alias + ".key = " + key
    }

    /// That a row of `alias` stands in the index of values, which has numbers and short texts.
    func isIndexed(_ alias: SQLText) -> SQLText {
        self == .metric
            ? alias + ".is_nan = 0"
            : "LENGTH(" + alias + ".value) <= " + .number(Self.indexedCharactersMax)
    }

    /// What a row of `alias` must be, beside its key, to meet `condition`.
    ///
    /// NaN meets only `!=`.
    func test(_ alias: SQLText, _ condition: FilterCondition, _ query: inout SearchQuery) throws
        -> SQLText
    {
        guard self == .metric else { return try query.text(alias + ".value", condition, kind: kind) }
        let test = try query.number(alias + ".value", condition, isWhole: false, kind: kind)
        return condition.comparison == .notEqual
            ? "(" + alias + ".is_nan = 1 OR " + test + ")" : alias + ".is_nan = 0 AND " + test
    }
}
