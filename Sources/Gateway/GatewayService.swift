package import Database
package import Kernel
package import Ledger
package import Outbound
package import Tracking

/// The gateway to providers of language models: their secrets, their models, and endpoints that name those.
package final class GatewayService: Sendable {
    let database: any SQLDatabase
    let activities: ActivityLog
    let tracking: TrackingService
    let http: OutboundHTTP
    let secrets: SecretBox
    let clock: WallClock
    let calls = OutboundCalls(max: callsMax)
    /// The most that the answer to a call may take.
    let answerSecondsMax: Int64
    /// Whether nobody gave a passphrase for the secrets, so that the server's own key alone seals them.
    package let usesKeyAlone: Bool

    /// The gateway in `database`, whose secrets lie in `secrets` and open with `passphrase` too where there is one;
    /// addresses of providers are such as `http` may ask.
    package init(
        database: any SQLDatabase,
        activities: ActivityLog,
        tracking: TrackingService,
        http: OutboundHTTP,
        secrets: SecretBox,
        passphrase: String?,
        clock: WallClock,
        answerSecondsMax: Int64 = 120
    ) {
        self.database = database
        self.activities = activities
        self.tracking = tracking
        self.http = http
        self.secrets = passphrase.map { secrets.mixed(with: $0) } ?? secrets
        self.clock = clock
        self.answerSecondsMax = answerSecondsMax
        usesKeyAlone = passphrase == nil
    }

    /// An id of `letter`, a dash and 32 random hexadecimal characters.
    static func newID(_ letter: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return "\(letter)-" + Hexadecimal.random(using: &generator)
    }

    /// Records in the transaction of a change that something was done; the details are never a secret's values.
    func record(
        _ action: String,
        _ subject: Subject,
        _ details: JSONObject,
        by actor: Actor,
        on connection: any SQLConnection
    ) throws {
        try activities.record(
            NewActivity(actor, action, subject, details: details, topics: ["gateway"]),
            on: connection
        )
    }

    static func missing(_ what: String, _ field: String, _ value: String) -> MartletError {
        MartletError(.resourceDoesNotExist, "\(what) not found (\(field)='\(value.prefix(200))')")
    }

    static func taken(_ what: String, _ name: String) -> MartletError {
        MartletError(.resourceAlreadyExists, "\(what) with name '\(name)' already exists")
    }

    static func exhausted(_ what: String, _ max: Int) -> MartletError {
        MartletError(.resourceExhausted, "There are \(max) \(what) already. Delete what is not needed.")
    }

    /// Runs `body`, whose row must have a name of its own.
    static func unique<Value>(_ what: String, _ name: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw taken(what, name)
        }
    }
}

/// What scorers need of endpoints.
extension GatewayService {
    /// The endpoints that judge for scorers.
    package var scorerEndpoints: ScorerEndpoints {
        ScorerEndpoints(
            find: { name, connection in
                guard let endpoint = try GatewayEndpointStore.find(named: name, on: connection) else {
                    throw Self.missing("GatewayEndpoint", "name", name)
                }
                return endpoint.id
            },
            names: { try GatewayEndpointStore.names(of: $0, on: $1) },
            bind: { endpoint, scorer, connection in
                try GatewayBindingStore.deleteAll(ofScorer: scorer.scorerID, on: connection)
                let binding = GatewayBinding(
                    endpointID: endpoint,
                    resource: .scorer,
                    resourceID: scorer.scorerID,
                    displayName: scorer.name,
                    history: GatewayHistory(at: scorer.createdAt, by: nil)
                )
                try GatewayBindingStore.insert(binding, scorerID: scorer.scorerID, on: connection)
            }
        )
    }
}
