import Database
import Glibc
package import Kernel

/// How many traces meet each of two filters, and both.
package struct TraceCorrelation: Sendable, Equatable {
    /// All that were looked at.
    package let total: Int64
    /// Those that meet the first filter.
    package let first: Int64
    /// Those that meet the second.
    package let second: Int64
    /// Those that meet both.
    package let both: Int64

    /// Normalised pointwise mutual information of the two, as in MLflow 3.17: -1 when no trace meets both, 0 when they
    /// are independent, 1 when they always come together; NaN when one is met by no trace.
    package var mutualInformation: Double {
        guard first > 0, second > 0 else { return .nan }
        return both == 0 ? -1 : mutualInformation(smoothing: 0)
    }

    /// The same with half a trace more in each of the four cases (Jeffreys' prior), so that few traces say less.
    package var smoothedMutualInformation: Double {
        guard first > 0, second > 0 else { return .nan }
        return mutualInformation(smoothing: 0.5)
    }

    private func mutualInformation(smoothing: Double) -> Double {
        // All traces meet both: the formula would divide nothing by nothing.
        guard both < total else { return 1 }
        let joint = Double(both) + smoothing
        let all = Double(total) + 4 * smoothing
        let information =
            log(joint) + log(all) - log(Double(first) + 2 * smoothing) - log(Double(second) + 2 * smoothing)
        return max(-1, min(1, information / (log(all) - log(joint))))
    }
}

/// Two filters of traces whose relation is asked for.
package struct TraceCorrelationSearch: Sendable {
    /// Traces of these experiments; none finds nothing.
    package var experimentIDs: [ExperimentID]
    /// A filter.
    package var first: String
    /// Another one.
    package var second: String
    /// What all traces that are looked at meet; nil or empty for all.
    package var base: String?

    /// The relation of `first` and `second` among the traces of `experimentIDs` that meet `base`.
    package init(experimentIDs: [ExperimentID], first: String, second: String, base: String? = nil) {
        self.experimentIDs = experimentIDs
        self.first = first
        self.second = second
        self.base = base
    }

    /// The statement that counts.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE`.
    func compiled() throws -> (text: SQLText, parameters: [SQLValue]) {
        try SearchLimits.check(experiments: experimentIDs.count, orders: 0)
        let base = try parsedFilter(self.base)
        let first = try parsedFilter(self.first)
        let second = try parsedFilter(self.second)
        // All three stand in one statement.
        try SearchLimits.check(base + first + second)
        var query = SearchQuery()
        try TraceSearch.require(experimentIDs, base, &query)
        let one = try Self.all(first, &query)
        let other = try Self.all(second, &query)
        let counts: SQLText =
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE " + one + "), COUNT(*) FILTER (WHERE " + other
            + "), COUNT(*) FILTER (WHERE " + one + " AND " + other + ") FROM traces "
        return (counts + query.whereClause, query.parameters)
    }

    private static func all(_ conditions: [FilterCondition], _ query: inout SearchQuery) throws -> SQLText {
        let tests = try conditions.map { try TraceField($0.entity, $0.key).sql($0, &query) }
        return tests.isEmpty ? "1 = 1" : tests.joined(separator: " AND ")
    }
}
