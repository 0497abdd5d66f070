import Database
import Kernel
import Ledger

/// The SQL of transition requests and what was said about them.
enum TransitionRequestStore {
    /// Answers false when a request for the same version and stage is pending.
    static func insert(_ request: TransitionRequest, on connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO transition_requests (id, name, number, from_stage, to_stage, archives_others, state,
                requested_by, requested_at, checklist)
            VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9) ON CONFLICT DO NOTHING
            """,
            [
                .text(request.id), .text(request.modelName), .integer(Int64(request.number)),
                .text(request.from.rawValue), .text(request.to.rawValue), .flag(request.archivesOthers),
                .text(request.requestedBy.name), .integer(request.requestedAt.milliseconds),
                .text(text(request.checklist)),
            ]
        ) > 0
    }

    static func comment(
        _ comment: TransitionRequest.Comment,
        on request: TransitionRequest,
        id: String,
        on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO transition_request_comments (request_id, id, author, at, text) VALUES ($1, $2, $3, $4, $5)
            """,
            [
                .text(request.id), .text(id), .text(comment.author.name), .integer(comment.at.milliseconds),
                .text(comment.text),
            ]
        )
    }

    static func decide(_ request: TransitionRequest, on connection: any SQLConnection) throws {
        try connection.execute(
            """
            UPDATE transition_requests SET state = $2, decided_by = $3, decided_at = $4, checklist = $5 WHERE id = $1
            """,
            [
                .text(request.id), .text(request.state.rawValue), .text(request.decidedBy?.name),
                .integer(request.decidedAt?.milliseconds), .text(text(request.checklist)),
            ]
        )
    }

    static func find(_ id: String, on connection: any SQLConnection) throws -> TransitionRequest? {
        try requests("WHERE id = $1", [.text(id)], on: connection).first
    }

    /// At most `limit` requests after the first `offset`, newest first.
    static func list(
        _ filter: TransitionRequestFilter,
        limit: Int,
        offset: Int,
        on connection: any SQLConnection
    ) throws -> [TransitionRequest] {
        var conditions: [SQLText] = []
        var parameters: [SQLValue] = []
        func add(_ condition: SQLText, _ value: SQLValue) {
            parameters.append(value)
            conditions.append(condition + .parameter(parameters.count))
        }
        if let name = filter.modelName { add("name = ", .text(name)) }
        if let number = filter.number { add("number = ", .integer(Int64(number))) }
        if let state = filter.state { add("state = ", .text(state.rawValue)) }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return try requests(
            condition + " ORDER BY id DESC LIMIT " + .number(limit) + " OFFSET " + .number(offset),
            parameters,
            on: connection
        )
    }

    /// The requests that `text` selects, in its order, with what was said about them.
    private static func requests(_ text: SQLText, _ parameters: [SQLValue], on connection: any SQLConnection) throws
        -> [TransitionRequest]
    {
        var requests = try connection.query(columns + text, parameters, request)
        guard !requests.isEmpty else { return [] }
        let rows = try connection.query(
            "SELECT request_id, author, at, text FROM transition_request_comments WHERE request_id IN ("
                + .parameters(from: 1, count: requests.count) + ") ORDER BY request_id, id",
            requests.map { .text($0.id) }
        ) { row in
            (
                request: try row.text(0),
                comment: TransitionRequest.Comment(
                    author: Actor(name: try row.text(1)),
                    at: Timestamp(milliseconds: try row.integer(2)),
                    text: try row.text(3)
                )
            )
        }
        let comments = Dictionary(grouping: rows, by: \.request)
        for index in requests.indices {
            requests[index].comments = comments[requests[index].id]?.map(\.comment) ?? []
        }
        return requests
    }

    private static let columns: SQLText = """
        SELECT id, name, number, from_stage, to_stage, archives_others, state, requested_by, requested_at, checklist,
            decided_by, decided_at FROM transition_requests
        """ + " "

    private static func request(_ row: borrowing SQLRow) throws -> TransitionRequest {
        guard let state = TransitionRequest.State(rawValue: try row.text(6)) else {
            throw DatabaseError(.unexpectedValue, "a transition request is in no known state")
        }
        return TransitionRequest(
            id: try row.text(0),
            modelName: try row.text(1),
            number: Int(try row.integer(2)),
            from: try ModelStage(text: row.text(3)),
            to: try ModelStage(text: row.text(4)),
            archivesOthers: try row.flag(5),
            state: state,
            requestedBy: Actor(name: try row.text(7)),
            requestedAt: Timestamp(milliseconds: try row.integer(8)),
            checklist: try checklist(row.text(9)),
            decidedBy: try row.optionalText(10).map { Actor(name: $0) },
            decidedAt: try row.optionalInteger(11).map { Timestamp(milliseconds: $0) }
        )
    }

    private static func text(_ checklist: [ChecklistItem]) -> String {
        JSON.array(checklist.map { .array([.string($0.item), .boolean($0.isCompleted)]) }).text
    }

    private static func checklist(_ text: String) throws -> [ChecklistItem] {
        try (JSON.parse(text.utf8).arrayValue ?? []).map { pair in
            guard let parts = pair.arrayValue, parts.count == 2, let item = parts[0].stringValue else {
                throw DatabaseError(.unexpectedValue, "a checklist is not as it was written")
            }
            return ChecklistItem(item: item, isCompleted: parts[1] == true)
        }
    }
}
