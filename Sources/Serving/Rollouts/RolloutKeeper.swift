import Kernel
package import Logging
import ServiceLifecycle

/// Looks after what endpoints compare: takes canaries on and back, saves what has been seen, and lets go of models that
/// nobody will go back to.
package struct RolloutKeeper: Service {
    /// How long it may take until a verdict is acted upon.
    private static let interval = Duration.milliseconds(200)
    /// What was seen is saved each so many looks, so that a crash costs little of it.
    private static let looksPerSave = 5
    private static let idleInterval = Duration.seconds(30)

    let serving: ServingService
    let logger: Logger

    /// A keeper of the rollouts of `serving`.
    package init(serving: ServingService, logger: Logger) {
        self.serving = serving
        self.logger = logger
    }

    /// Looks until the server ends, and saves what has been seen then.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                await self.look(saves: looks % Self.looksPerSave == 0)
                looks += 1
                await self.pause()
            }
        }
        // A cancelled task can write no more; what has been seen deserves one that is not.
        await Task { await self.save() }.value
    }

    private func pause() async {
        if serving.isComparing {
            await serving.changed.wait(upTo: Self.interval)
        } else if serving.kept.isEmpty {
            await serving.changed.wait()
        } else {
            await serving.changed.wait(upTo: Self.idleInterval)
        }
    }

    private func look(saves: Bool) async {
        await serving.releaseModels()
        await withTaskGroup(of: Void.self) { group in
            // What is to be written may wait for models that are brought back; no bad canary does.
            group.addTask {
                while !Task.isCancelled {
                    serving.haltCanaries()
                    try? await Task.sleep(for: Self.interval)
                }
            }
            await lookAfterCanaries()
            group.cancelAll()
        }
        if saves { await save() }
    }

    private func lookAfterCanaries() async {
        do {
            try await serving.lookAfterCanaries()
        } catch {
            guard !Task.isCancelled else { return }
            logger.error("a canary could not be looked after; it is tried again", metadata: ["error": "\(error)"])
        }
    }

    private func save() async {
        do {
            try await serving.saveEvidence()
        } catch {
            logger.warning("evidence could not be saved yet", metadata: ["error": "\(error)"])
        }
    }
}
