package import Logging
import ServiceLifecycle
import Synchronization

/// Reads the files of versions that wait for their pins, a few versions at a time.
///
/// What is to be read stands in the table of versions, so a server that was killed goes on with it at its next start;
/// of a version that was being read it begins anew.
package struct VersionPinner: Service {
    private static let atOnceMax = 4
    private static let turn: Duration = .seconds(1)

    private let registry: RegistryService
    private let logger: Logger

    /// A reader for the versions of `registry`.
    package init(registry: RegistryService, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    /// Reads until the server shuts down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await ring() }
                let inFlight = InFlight()
                for await _ in registry.pinsWanted {
                    for version in await due(beside: inFlight) {
                        inFlight.add(version)
                        group.addTask {
                            await pin(version)
                            inFlight.remove(version)
                            registry.pinBell.yield()
                        }
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// Rings every turn, for what is to be read again and what others wrote.
    private func ring() async {
        while !Task.isCancelled {
            registry.pinBell.yield()
            // Cancellation wakes the sleeper early; the loop's condition ends it.
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func due(beside inFlight: InFlight) async -> [InFlight.Version] {
        let busy = inFlight.versions
        guard busy.count < Self.atOnceMax else { return [] }
        do {
            // Those that are being read are still due.
            let due = try await registry.versionsToPin(limit: Self.atOnceMax + busy.count)
            let free = due.map { InFlight.Version(name: $0.name, number: $0.number) }.filter { !busy.contains($0) }
            return Array(free.prefix(Self.atOnceMax - busy.count))
        } catch {
            if !Task.isCancelled {
                logger.error("pins that are due could not be looked up; trying again", metadata: ["error": "\(error)"])
            }
            return []
        }
    }

    private func pin(_ version: InFlight.Version) async {
        do {
            try await registry.pin(version.name, version.number)
        } catch {
            guard !Task.isCancelled else { return }
            let metadata: Logger.Metadata = [
                "model_name": "\(version.name)", "model_version": "\(version.number)", "error": "\(error)",
            ]
            logger.error("what came of reading a version's files could not be noted; reading again", metadata: metadata)
            // It is due still, and would be taken at once.
            try? await Task.sleep(for: Self.turn)
        }
    }
}

/// The versions that are being read.
private final class InFlight: Sendable {
    struct Version: Hashable {
        let name: String
        let number: Int
    }

    private let all = Mutex<Set<Version>>([])

    var versions: Set<Version> { all.withLock { $0 } }

    func add(_ version: Version) {
        all.withLock { _ = $0.insert(version) }
    }

    func remove(_ version: Version) {
        all.withLock { _ = $0.remove(version) }
    }
}
