package import Database
package import Inference
package import Kernel
package import Ledger
package import Logging
package import Registry
import Synchronization

/// Endpoints and the predictions that they make.
///
/// A request takes one table of routes and goes by it to its end, so that a deployment in the meantime changes
/// nothing for it; the old model's memory goes back with the last request that uses it.
package final class ServingService: Sendable {
    /// What deployments are made from and written to.
    struct Books: Sendable {
        let database: any SQLDatabase
        let registry: RegistryService
        let activities: ActivityLog
        let loader: ModelLoader
        let find: VersionFinder
    }

    /// Which version of a model a selector means, for who asks; it is in the registry afterwards, if it is anywhere.
    package typealias VersionFinder = @Sendable (String, VersionSelector, Actor) async throws -> VersionSelector

    let books: Books?
    let clock: WallClock
    let logger: Logger
    /// Runs the models that take long.
    let executor: InferenceExecutor
    let ids: RequestIDSource
    let defaultEndpoint: String?
    /// How long a deployment waits for the pin of its version.
    let pinWaitMax: Duration
    /// How long a model is kept that is served no more.
    let modelsKept: Duration
    /// The log of all predictions.
    package let log: PredictionLog
    /// The copies of requests that shadows answer; somebody must run it.
    package let shadows: ShadowQueue
    /// Answers that are kept.
    let cache: ResultCache
    /// What predictions are explained by.
    let samples: VersionSamples
    /// What an explanation may take.
    let explainerLimits = Explainer.Limits()
    /// The requests that are being explained.
    let explaining = ExplanationQueue()
    /// Models that were served before.
    let kept = KeptModels()
    /// Wakes what looks after rollouts.
    let changed = WakeUp()

    /// Where it finds what it serves with.
    package struct Engines: Sendable {
        let runtime: InferenceRuntime
        let executor: InferenceExecutor
        let python: PythonRuntime?
        let cache: ResultCache

        /// Models are opened in `runtime`, and those that take long run on `executor`; what is no ONNX model runs in
        /// `python`, or is refused without it. Answers that are to be kept are kept in `cache`.
        package init(
            runtime: InferenceRuntime,
            executor: InferenceExecutor,
            python: PythonRuntime? = nil,
            cache: ResultCache = ResultCache(bytesMax: 0)
        ) {
            self.runtime = runtime
            self.executor = executor
            self.python = python
            self.cache = cache
        }
    }

    /// What callers are held to.
    let limits: PredictionLimits
    let rate: CallerRate?
    private let table = Mutex(RouteTable())
    private let restored = Mutex(false)
    /// One change of an endpoint after the other.
    let deployments = Turn()
    /// One after the other of the deployments and changes of traffic of one endpoint, which load models before their turn.
    let loads = NamedTurns()
    /// The places of those of them that load, and of the endpoints that are loaded after a start: each may hold a file, a
    /// process or an environment in the making. Going back waits for none.
    let loadPlaces = Turn(places: 4)

    /// A service that serves nothing yet; ``restore()`` brings back what was deployed.
    ///
    /// - Parameters:
    ///   - database: where the endpoints are; it has ``ServingSchema/migrations``.
    ///   - registry: the models.
    ///   - engines: what models are loaded from, with and on.
    ///   - log: where predictions go; somebody must run it.
    ///   - activities: where deployments are recorded.
    ///   - clock: the time of day.
    ///   - defaultEndpoint: where `/invocations` goes when there are several endpoints and none is named.
    ///   - pinWaitMax: how long a deployment waits for the files of its version to be read.
    ///   - modelsKept: how long a model that is served no more is kept for a rollback; afterwards it is loaded again.
    ///   - shadowLimits: the bounds of the queue of shadow copies.
    ///   - limits: what callers are held to.
    ///   - samples: finds the rows that were logged beside a version.
    ///   - find: asked before a version that is to be served is looked for; by default the registry has all.
    ///   - logger: for what happens in the background.
    /// - Throws: `NOT_IMPLEMENTED` when the system gives no thread.
    package init(
        database: any SQLDatabase,
        registry: RegistryService,
        engines: Engines,
        log: PredictionLog,
        activities: ActivityLog,
        clock: WallClock,
        defaultEndpoint: String? = nil,
        pinWaitMax: Duration = .seconds(20),
        modelsKept: Duration = .seconds(900),
        shadowLimits: ShadowQueue.Limits = .init(),
        limits: PredictionLimits = PredictionLimits(),
        samples: SampleReader? = nil,
        find: @escaping VersionFinder = { _, selector, _ in selector },
        logger: Logger
    ) throws {
        self.limits = limits
        rate = limits.callerRate.map(CallerRate.init(perSecond:))
        self.log = log
        self.clock = clock
        self.defaultEndpoint = defaultEndpoint
        self.pinWaitMax = pinWaitMax
        self.modelsKept = modelsKept
        self.samples = VersionSamples(samples)
        self.logger = logger
        executor = engines.executor
        cache = engines.cache
        ids = Self.freshIDs()
        let loading = try Self.loading()
        books = Books(
            database: database,
            registry: registry,
            activities: activities,
            loader: ModelLoader(
                registry: registry,
                runtime: engines.runtime,
                executor: loading,
                python: engines.python.map { python in
                    let folders = WorkerFolders(in: python.folder + "/models")
                    return PythonLoader(registry: registry, runtime: python, folders: folders)
                },
                cache: engines.cache
            ),
            find: find
        )
        shadows = try ShadowQueue(log: log, ids: ids, limits: shadowLimits)
    }

    /// A service of models that come from files: nothing can be deployed, nothing is written, no prediction is logged.
    ///
    /// - Parameters:
    ///   - engines: what models are loaded with and run on.
    ///   - clock: the time of day.
    ///   - defaultEndpoint: where `/invocations` goes when there are several endpoints and none is named.
    ///   - limits: what callers are held to.
    ///   - logger: for what happens in the background.
    /// - Throws: `NOT_IMPLEMENTED` when the system gives no thread.
    package init(
        engines: Engines,
        clock: WallClock,
        defaultEndpoint: String? = nil,
        limits: PredictionLimits = PredictionLimits(),
        logger: Logger
    ) throws {
        self.limits = limits
        rate = limits.callerRate.map(CallerRate.init(perSecond:))
        log = PredictionLog(keepingNothing: logger)
        self.clock = clock
        self.defaultEndpoint = defaultEndpoint
        pinWaitMax = .zero
        modelsKept = .zero
        samples = VersionSamples(nil)
        self.logger = logger
        executor = engines.executor
        cache = engines.cache
        ids = Self.freshIDs()
        books = nil
        shadows = try ShadowQueue(log: log, ids: ids, limits: .init())
    }

    private static func freshIDs() -> RequestIDSource {
        var generator = SystemRandomNumberGenerator()
        return RequestIDSource(using: &generator)
    }

    /// The thread on which models are opened.
    ///
    /// - Throws: `NOT_IMPLEMENTED` when the system gives none.
    static func loading() throws -> InferenceExecutor {
        do {
            return try InferenceExecutor(name: "model-load", threads: 1)
        } catch {
            throw MartletError(loading: error)
        }
    }

    private func needed() throws -> Books {
        guard let books else {
            throw MartletError(
                .notImplemented,
                "This server serves what its file of models says: nothing is deployed to it while it runs."
            )
        }
        return books
    }

    /// Where the endpoints are kept; `NOT_IMPLEMENTED` where they come from a file.
    var database: any SQLDatabase { get throws { try needed().database } }
    /// The models; `NOT_IMPLEMENTED` where they come from a file.
    var registry: RegistryService { get throws { try needed().registry } }
    /// Where deployments are recorded; `NOT_IMPLEMENTED` where there are none.
    var activities: ActivityLog { get throws { try needed().activities } }
    /// Loads versions; `NOT_IMPLEMENTED` where models come from a file.
    var loader: ModelLoader { get throws { try needed().loader } }

    /// Finds versions that are to be served; `NOT_IMPLEMENTED` where models come from a file.
    var find: VersionFinder { get throws { try needed().find } }

    /// The routes now.
    var routes: RouteTable { table.withLock { $0 } }

    /// Whether everything that was deployed at the last end of the server has been loaded, or has failed to.
    package var isRestored: Bool { restored.withLock { $0 } }

    func noteRestored() {
        restored.withLock { $0 = true }
    }

    /// Puts another table in the place of the one there is.
    func change(_ body: (RouteTable) -> RouteTable) {
        table.withLock { $0 = body($0) }
        changed.call()
    }

    /// Ends the processes of models, and waits for their ends.
    package func endWorkers() async {
        await books?.loader.python?.runtime.shutDown()
    }

    /// All endpoints in the order of their names, with what they have done.
    package func endpoints() -> [(endpoint: Endpoint, statistics: EndpointStatistics.Snapshot)] {
        routes.all.map { ($0.endpoint, $0.snapshot) }
    }

    /// The endpoint called `name`, with what it has done.
    ///
    /// - Throws: `ENDPOINT_NOT_FOUND`.
    package func endpoint(_ name: String) throws -> (endpoint: Endpoint, statistics: EndpointStatistics.Snapshot) {
        guard let served = routes[name] else { throw Self.notFound(name) }
        return (served.endpoint, served.snapshot)
    }

    static func notFound(_ name: String) -> MartletError {
        MartletError(
            .endpointNotFound,
            "There is no endpoint \"\(name.prefix(256))\". GET /api/v1/mlflow/serving/endpoints lists what there is."
        )
    }
}
