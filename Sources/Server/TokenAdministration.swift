import Database
package import Governance
import Kernel
package import Ledger

/// The tokens of a server, for a person who may read and write its database, whether the server runs or not.
package struct TokenAdministration: Sendable {
    /// Making, listing and revoking.
    package let tokens: AccessTokenService
    /// In whose name that is recorded: whoever may write to the database.
    package let actor = Actor.local
    private let database: any SQLDatabase

    /// Opens the database that `martlet server` would open with the same two options, and brings it up to date as far
    /// as tokens go. The server's folder must be there: one that this made would be of no server.
    ///
    /// - Throws: ``StartupError``; what a migration throws.
    package init(dataDirectory: String, backendStoreURI: String?) async throws {
        if backendStoreURI == nil { try DataDirectory.checkIsThere(dataDirectory) }
        database = try Engines.open(backendStoreURI ?? "sqlite:///" + dataDirectory + "/" + DataDirectory.databaseName)
        try await database.migrate(LedgerSchema.migrations + GovernanceSchema.migrations)
        let activities = ActivityLog(database: database, clock: .system)
        tokens = AccessTokenService(database: database, activities: activities, clock: .system)
    }

    /// Closes the database.
    package func close() async {
        await database.close()
    }
}
