import Hummingbird
import Kernel
import Monitoring

/// Drift checks, and the alerts that they raise.
struct MonitoringRoutes {
    static let pageMax = 1000
    let monitoring: MonitoringService

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        router.post("api/v1/monitoring/drift/check", use: check)
        router.get("api/v1/monitoring/drift", use: reports)
        router.get("mlops/alerts", use: alerts)
        router.post("mlops/alerts/:id/acknowledge", use: acknowledge)
    }

    @Sendable private func check(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let report = try await monitoring.checkDrift(
            endpoint: try fields.requiredString("endpoint"),
            methods: try Self.methods(try fields.string("method")),
            window: try Self.window(try fields.value("window")),
            by: context.actor
        )
        return .json { $0.driftReport(report) }
    }

    @Sendable private func reports(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = Self.query(request)
        let reports = try await monitoring.driftReports(
            endpoint: try fields.string("endpoint"),
            limit: try fields.limit("limit", default: 100, max: Self.pageMax)
        )
        return .json { writer in
            writer.object { writer in
                writer.name("reports")
                writer.array { writer in for report in reports { writer.driftReport(report) } }
            }
        }
    }

    @Sendable private func alerts(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = Self.query(request)
        let state = try fields.string("state").flatMap { $0 == "all" ? nil : $0 }
        let page = try await monitoring.alerts(
            state: try state.map { try Self.named($0, "state", besides: ["all"]) },
            kind: try fields.string("type").map { try Self.named($0, "type") },
            limit: try fields.limit("limit", default: 100, max: Self.pageMax),
            page: try fields.page()
        )
        return .json { $0.list("alerts", page) { $0.alert($1) } }
    }

    /// The body may be left out: a note is no duty.
    @Sendable private func acknowledge(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObjectIfAny())
        let alert = try await monitoring.acknowledgeAlert(
            try context.parameters.require("id"),
            note: try fields.string("note"),
            by: context.actor
        )
        return .json { $0.alert(alert) }
    }
}

/// Reading requests.
extension MonitoringRoutes {
    private static func query(_ request: Request) -> MLflowFields {
        MLflowFields(queryOf: request)
    }

    private static func methods(_ text: String?) throws -> [DriftMethod] {
        guard let text else { return [.populationStability] }
        if text == "all" { return DriftMethod.selectable }
        guard let method = DriftMethod(rawValue: text), DriftMethod.selectable.contains(method) else {
            let names = DriftMethod.selectable.map(\.rawValue) + ["all"]
            throw Self.unknown(text, "method", of: names)
        }
        return [method]
    }

    /// `{"last_rows": n}` or `{"from": ms, "to": ms}`; the newest thousand when there is none.
    private static func window(_ value: JSON?) throws -> DriftWindow {
        guard let value else { return .standard }
        guard let object = value.objectValue else { throw Self.badWindow }
        let fields = MLflowFields(object)
        switch (try fields.integer("last_rows"), try fields.integer("from"), try fields.integer("to")) {
        case (let count?, nil, nil): return .lastRows(Int(count))
        case (nil, let from?, let to?):
            return .between(Timestamp(milliseconds: from), Timestamp(milliseconds: to))
        default: throw Self.badWindow
        }
    }

    private static var badWindow: MartletError {
        MartletError(
            .invalidParameterValue,
            "'window' must be {\"last_rows\": n} or {\"from\": ms, \"to\": ms}, in milliseconds since 1970 UTC."
        )
    }

    private static func named<Name: RawRepresentable<String> & CaseIterable>(
        _ text: String,
        _ field: String,
        besides others: [String] = []
    ) throws -> Name {
        guard let name = Name(rawValue: text) else {
            throw unknown(text, field, of: Name.allCases.map(\.rawValue) + others)
        }
        return name
    }

    private static func unknown(_ text: String, _ field: String, of names: [String]) -> MartletError {
        MartletError(
            .invalidParameterValue,
            "Invalid value '\(text.prefix(100))' for '\(field)'. It must be one of \(names.joined(separator: ", "))."
        )
    }
}
