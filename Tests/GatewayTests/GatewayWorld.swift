import Database
import Gateway
import Kernel
import Ledger
import Outbound
import TestSupport
import Testing
import Tracking

/// What endpoints carry, not what tests do.
typealias Tag = Tracking.Tag

/// A gateway and scorers on a fresh database, with a clock that stands still.
struct GatewayWorld: Sendable {
    let database: any SQLDatabase
    let clock = ManualClock()
    let activities: ActivityLog
    let tracking: TrackingService
    let gateway: GatewayService
    let scorers: ScorerService

    init(database: any SQLDatabase) {
        self.database = database
        activities = ActivityLog(database: database, clock: clock.clock)
        tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock.clock,
            artifactRoot: "mlflow-artifacts:"
        )
        gateway = Self.gateway(database, activities, tracking, clock, passphrase: nil)
        scorers = ScorerService(
            database: database,
            activities: activities,
            endpoints: gateway.scorerEndpoints,
            clock: clock.clock
        )
    }

    /// The same gateway, whose secrets are opened with `passphrase` too.
    func gateway(passphrase: String?) -> GatewayService {
        Self.gateway(database, activities, tracking, clock, passphrase: passphrase)
    }

    /// The same gateway, which may ask servers of this machine and has so many seconds for an answer.
    func localGateway(answerSecondsMax: Int64 = 120) -> GatewayService {
        GatewayService(
            database: database,
            activities: activities,
            tracking: tracking,
            http: OutboundHTTP(schemes: ["http"], allowsPrivate: true),
            secrets: Self.secrets,
            passphrase: nil,
            clock: clock.clock,
            answerSecondsMax: answerSecondsMax
        )
    }

    private static let secrets = SecretBox(key: [UInt8](repeating: 7, count: SecretBox.keyBytes))

    private static func gateway(
        _ database: any SQLDatabase,
        _ activities: ActivityLog,
        _ tracking: TrackingService,
        _ clock: ManualClock,
        passphrase: String?
    ) -> GatewayService {
        GatewayService(
            database: database,
            activities: activities,
            tracking: tracking,
            http: OutboundHTTP(schemes: ["https"], allowsPrivate: false),
            secrets: secrets,
            passphrase: passphrase,
            clock: clock.clock
        )
    }

    /// A secret of one key.
    func secret(_ name: String = "key", provider: String = "openai") async throws -> GatewaySecret {
        var new = NewGatewaySecret(name: name, values: ["api_key": "sk-0123456789"])
        new.provider = provider
        return try await gateway.createSecret(new, by: .local)
    }

    /// A model definition with a secret of its own.
    func model(_ name: String = "model", provider: String = "openai") async throws -> GatewayModel {
        let secret = try await secret("key of \(name)", provider: provider)
        let new = NewGatewayModel(name: name, secretID: secret.id, provider: provider, modelName: "gpt-4")
        return try await gateway.createModel(new, by: .local)
    }

    /// An endpoint of one model, without an experiment.
    func endpoint(_ name: String = "endpoint") async throws -> GatewayEndpoint {
        var new = GatewayEndpointChange()
        new.name = name
        new.links = [NewGatewayLink(modelID: try await model("model of \(name)").id, kind: .primary)]
        new.tracksUsage = false
        return try await gateway.createEndpoint(new, by: .local)
    }

    /// All activities in the order of the chain.
    func told() async throws -> [Activity] {
        while try await activities.seal() {}
        return try await activities.activities(after: 0, limit: 1000)
    }

    /// Removes for good the experiments that are deleted.
    func purgeExperiments() async throws {
        var cursor: Int64?
        let selection = PurgeSelection(deletedUntil: clock.now())
        let outcome = try await tracking.purgeExperiments(selection, keeping: [:], cursor: &cursor, by: .local)
        #expect(outcome.purged.count == 1)
    }

    /// How many rows a statement finds.
    func count(_ text: SQLText) async throws -> Int64? {
        try await database.read { try $0.first(text) { try $0.integer(0) } }
    }
}

/// Runs `test` with a gateway on a fresh database of `backend`.
func withGateway(_ backend: DatabaseBackend, _ test: (GatewayWorld) async throws -> Void) async throws {
    let migrations = LedgerSchema.migrations + TrackingSchema.migrations + GatewaySchema.migrations
    try await withTestDatabase(backend, migrations: migrations) { database in
        try await test(GatewayWorld(database: database))
    }
}

/// Expects `body` to be refused with `code` and a message that begins with `message`.
func expectRefusal(
    _ code: MartletError.Code,
    _ message: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> some Any
) async {
    let error = await #expect(throws: MartletError.self, sourceLocation: sourceLocation) { _ = try await body() }
    guard let error else { return }
    #expect(error.code == code, sourceLocation: sourceLocation)
    #expect(error.message.hasPrefix(message), "\(error.message)", sourceLocation: sourceLocation)
}
