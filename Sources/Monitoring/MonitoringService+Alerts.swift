import Database
package import Kernel
package import Ledger

extension MonitoringService {
    /// A page of alerts, newest first; of every state and kind when none is named.
    ///
    /// - Throws: ``DatabaseError``.
    package func alerts(
        state: Alert.State?,
        kind: Alert.Kind?,
        limit: Int,
        page: PageToken?
    ) async throws -> Page<Alert> {
        let offset = page?.offset ?? 0
        return try await database.read { connection in
            let rows = try AlertStore.newest(
                state: state,
                kind: kind,
                limit: limit,
                offset: offset,
                on: connection
            )
            return Page(probing: rows, limit: limit, offset: offset)
        }
    }

    /// Notes that `actor` has seen an alert. Saying it again changes nothing: the first word stands.
    ///
    /// - Throws: `RESOURCE_DOES_NOT_EXIST` for an unknown id; `INVALID_PARAMETER_VALUE` for a note of more than 2,000
    ///   characters; ``DatabaseError``.
    package func acknowledgeAlert(_ id: String, note: String?, by actor: Actor) async throws -> Alert {
        guard (note ?? "").count <= Alert.noteCharactersMax else {
            throw MartletError(
                .invalidParameterValue,
                "The note has \((note ?? "").count) characters. It may have \(Alert.noteCharactersMax)."
            )
        }
        let word = Acknowledgement(at: clock.now(), by: actor.name, note: note)
        return try await database.write { [activities] connection in
            guard let alert = try AlertStore.find(id, on: connection) else { throw Self.unknown(id) }
            guard alert.state == .open else { return alert }
            try AlertStore.acknowledge(id, word, on: connection)
            try activities.record(
                NewActivity(
                    actor,
                    "alert.acknowledged",
                    Subject("alert", id),
                    details: JSONObject([
                        ("endpoint", .string(alert.endpoint)),
                        ("type", .string(alert.kind.rawValue)),
                        ("feature", alert.finding.feature.map { .string($0) } ?? .null),
                    ]),
                    topics: ["alerts"]
                ),
                on: connection
            )
            guard let acknowledged = try AlertStore.find(id, on: connection) else { throw Self.unknown(id) }
            return acknowledged
        }
    }

    private static func unknown(_ id: String) -> MartletError {
        MartletError(.resourceDoesNotExist, "There is no alert '\(id.prefix(100))'.")
    }
}
