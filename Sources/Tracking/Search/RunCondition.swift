import Database
import Kernel

/// A condition on runs, as SQL that names them `runs`.
struct RunCondition: Sendable, Equatable {
    let subject: FilterSubject
    let condition: FilterCondition

    /// - Throws: `INVALID_PARAMETER_VALUE` for a subject that runs have not.
    init(_ condition: FilterCondition) throws {
        subject = try FilterSubjects.ofRuns.subject(condition.entity)
        self.condition = condition
    }

    /// The condition as SQL; `row` has the run's number, and is known no later than the run.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the subject can't be compared so.
    func sql(_ query: inout SearchQuery, row: SQLText = "runs") throws -> SQLText {
        if let values = RunValues(subject) { return try keyed(values, row, &query) }
        return subject == .dataset ? try dataset(row, &query) : try attribute(&query)
    }

    /// Whether only runs that have a value under `key` meet it.
    func demands(_ values: RunValues, _ key: String) -> Bool {
        RunValues(subject) == values && condition.key == key && condition.comparison != .isNull
    }

    /// Whether it names single runs, which are found by their ids.
    var namesRuns: Bool {
        subject == .attribute && condition.key == "run_id"
            && (condition.comparison == .equal || condition.comparison == .isIn)
    }

    /// The key whose texts it looks through, unless it is for one that is short enough for the index of values.
    var text: (values: RunValues, key: String)? {
        guard let values = RunValues(subject), values != .metric else { return nil }
        if condition.comparison == .equal, case .string(let text) = condition.value,
            text.unicodeScalars.count <= RunValues.indexedCharactersMax
        {
            return nil
        }
        return (values, condition.key)
    }

    private func keyed(_ values: RunValues, _ row: SQLText, _ query: inout SearchQuery) throws -> SQLText {
        let isOfRun =
            "SELECT 1 FROM " + values.table + " AS d WHERE d.run_number = " + row + ".run_number AND "
        switch (condition.comparison, values) {
        case (.isNull, .param), (.isNull, .tag):
            return "NOT EXISTS (" + isOfRun + values.isOf(condition.key, "d", &query) + ")"
        case (.isNotNull, .param), (.isNotNull, .tag):
            return "EXISTS (" + isOfRun + values.isOf(condition.key, "d", &query) + ")"
        case (.isIn, .param), (.isNotIn, .param), (.isIn, .tag), (.isNotIn, .tag):
            throw MartletError(
                .invalidParameterValue,
                "Expected a quoted string value for \(values.kind) (e.g. 'my-value'). "
                    + "Got value \(condition.valueText.prefix(200))"
            )
        default:
            let key = values.isOf(condition.key, "d", &query)
            return "EXISTS (" + isOfRun + key + " AND " + (try values.test("d", condition, &query)) + ")"
        }
    }

    private func dataset(_ row: SQLText, _ query: inout SearchQuery) throws -> SQLText {
        let column: SQLText
        switch condition.key {
        case "name": column = "i.name"
        case "digest": column = "i.digest"
        case "context": column = "i.context"
        default:
            throw MartletError(
                .invalidParameterValue,
                "Invalid dataset key '\(condition.key.prefix(100))' specified. "
                    + "Valid keys are 'name', 'digest', 'context'"
            )
        }
        return "EXISTS (SELECT 1 FROM run_dataset_inputs AS i WHERE i.run_number = " + row + ".run_number AND "
            + (try query.text(column, condition, kind: "dataset")) + ")"
    }

    private func attribute(_ query: inout SearchQuery) throws -> SQLText {
        let attribute = try RunAttribute(condition.key)
        guard !attribute.isNumber else {
            return try query.number(
                attribute.column,
                condition,
                isWhole: true,
                kind: "numeric attribute: \(condition.key)"
            )
        }
        if case .list = condition.value, condition.key != "run_id" {
            throw MartletError(
                .invalidParameterValue,
                "Only ['run_id'] attributes support comparison with a list of quoted string values."
            )
        }
        return try query.text(attribute.column, condition)
    }
}

/// A column of runs by the names that clients use.
struct RunAttribute: Sendable {
    let column: SQLText
    let isNumber: Bool

    /// - Throws: `INVALID_PARAMETER_VALUE` for a name that no column has.
    init(_ key: String) throws {
        switch key {
        case "run_id": (column, isNumber) = ("runs.run_id", false)
        case "run_name", "run name", "Run name", "Run Name": (column, isNumber) = ("runs.name", false)
        case "user_id": (column, isNumber) = ("runs.user_id", false)
        case "status": (column, isNumber) = (Self.statusName, false)
        case "artifact_uri": (column, isNumber) = ("runs.artifact_uri", false)
        case "start_time", "created", "Created": (column, isNumber) = ("runs.started_at", true)
        case "end_time": (column, isNumber) = ("runs.ended_at", true)
        default: throw Self.unknown(key)
        }
    }

    /// The error for a name that no column has.
    static func unknown(_ key: String) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "Invalid attribute key '\(key.prefix(100))' specified. Valid keys are '{'run_id', 'run_name', "
                + "'user_id', 'status', 'artifact_uri', 'start_time', 'end_time'}'"
        )
    }

    private static let statusName: SQLText = """
        CASE runs.status WHEN 1 THEN 'RUNNING' WHEN 2 THEN 'SCHEDULED' WHEN 3 THEN 'FINISHED' \
        WHEN 4 THEN 'FAILED' ELSE 'KILLED' END
        """
}

extension FilterCondition {
    /// Between which texts those lie that meet a LIKE, by how its pattern begins; the second is the first one beyond.
    var literalRange: (start: String, end: String)? {
        guard comparison == .like, case .string(let pattern) = value else { return nil }
        let start = String(pattern.unicodeScalars.prefix { $0 != "%" && $0 != "_" })
        guard let last = start.unicodeScalars.last, let next = Unicode.Scalar(last.value + 1) else {
            return nil
        }
        var end = start.unicodeScalars.dropLast()
        end.append(next)
        return (start, String(end))
    }
}
