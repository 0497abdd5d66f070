import Database
import Kernel
package import Ledger

/// Pins that are made in the background: what is due, one attempt, and those who ask and wait for them.
extension RegistryService {
    /// The longest pause between two attempts at a version's files, in milliseconds.
    private static let pauseMillisecondsMax: Int64 = 300_000

    /// Has the files of a version without a pin read, in the background and from the start; one that has a pin keeps it.
    ///
    /// - Returns: the version, which waits for its pin, or has it.
    /// - Throws: `RESOURCE_DOES_NOT_EXIST`; `INVALID_PARAMETER_VALUE` for a bad name, and when the server may not read
    ///   where the files are.
    package func requestPin(of modelName: String, _ number: Int, by actor: Actor) async throws -> ModelVersion {
        try RegistryRules.checkModelName(modelName)
        let now = clock.now()
        let version = try await database.write { connection in
            let version = try Self.find(modelName, .number(number), on: connection)
            if case .pinned = version.pin { return version }
            guard FilePinner.folder(version.storageLocation) != nil || self.outside.hold(version.storageLocation) else {
                throw RegistryRules.invalid(
                    "Model Version (name=\(modelName), version=\(number)) can't be pinned:"
                        + " \(FilePinner.elsewhere(version.storageLocation))."
                )
            }
            try PinStore.queue(version, at: now, on: connection)
            try self.record("model_version.pin_requested", version: version, by: actor, on: connection)
            return try Self.find(modelName, .number(number), on: connection)
        }
        pinBell.yield()
        return version
    }

    /// The version that `selector` means, once its files have been read or can't be; after `limit` as it is then.
    ///
    /// - Throws: as ``version(_:_:)``; `CancellationError`.
    package func version(
        _ modelName: String,
        _ selector: VersionSelector,
        waitingForPin limit: Duration
    ) async throws -> ModelVersion {
        let deadline = ContinuousClock.now + limit
        var pause = Duration.milliseconds(20)
        while true {
            let version = try await version(modelName, selector)
            let left = deadline - ContinuousClock.now
            guard case .pending = version.pin, left > .zero else { return version }
            // Another server may be the one that reads, so the table is asked.
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    /// Versions whose files are to be read now, those that wait longest first.
    ///
    /// - Throws: ``DatabaseError``.
    package func versionsToPin(limit: Int) async throws -> [(name: String, number: Int)] {
        let now = clock.now()
        return try await database.read { try PinStore.due(at: now, limit: limit, on: $0) }
    }

    /// Reads the files of a version that waits for its pin, and writes what came of it in one transaction: the pin and
    /// the files, why there is none, or when the next attempt is due.
    ///
    /// Two servers that do the same at once read twice, and one of them writes. Nothing is written of files that were
    /// replaced or are about to be removed since they were read: that was an attempt in vain.
    /// - Throws: ``DatabaseError``; `CancellationError`, which leaves the version due.
    package func pin(_ modelName: String, _ number: Int) async throws {
        let found = try await database.read { try ModelVersionStore.find(modelName, number, on: $0) }
        guard let version = found, case .pending = version.pin else { return }
        let outcome = try await pinner.read(version.storageLocation)
        let now = clock.now()
        try await database.write { connection in
            // The model may have been removed meanwhile, and another made under its name.
            let current = try ModelVersionStore.find(modelName, number, on: connection)
            guard current?.storageLocation == version.storageLocation else { return }
            switch try self.confirmed(outcome, at: version.storageLocation, on: connection).pin {
            case .pinned(let digest):
                guard try PinStore.pin(version, to: digest, outcome.files, on: connection) else { return }
                let details: JSONObject = [
                    "digest": .string(digest.description), "files": .integer(Int64(outcome.files.count)),
                ]
                try self.record("model_version.pinned", version: version, details, by: .server, on: connection)
            case .pending(let problem):
                let pause = Self.pauseMilliseconds(after: try PinStore.attempts(of: version, on: connection))
                let next = now.advanced(byMilliseconds: pause)
                try PinStore.postpone(version, to: next, for: problem, on: connection)
            case .unpinned(let reason):
                guard try PinStore.fail(version, reason, on: connection) else { return }
                let details: JSONObject = ["reason": .string(reason)]
                try self.record("model_version.pin_failed", version: version, details, by: .server, on: connection)
            }
        }
    }

    /// A second after the first attempt, twice as long after each further one, and up to a quarter more by chance.
    private static func pauseMilliseconds(after attempts: Int) -> Int64 {
        let pause = min(1000 << Int64(min(attempts, 10)), pauseMillisecondsMax)
        return pause + .random(in: 0...pause / 4)
    }
}
