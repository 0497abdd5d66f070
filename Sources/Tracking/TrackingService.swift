package import Database
package import Kernel
package import Ledger

/// Experiments, runs and what runs log.
package final class TrackingService: Sendable {
    let database: any SQLDatabase
    let activities: ActivityLog
    let clock: WallClock
    let artifactRoot: String
    let workingFolder: String
    let runNumbers: RunNumbers
    /// Points of metrics as they are logged, after their commit.
    package let metricAppends = Feed<MetricAppend>()

    /// The service over `database`; `artifactRoot` is the URI under which new experiments keep their artifacts, no
    /// slash at its end. Locations that are relative paths count from `workingFolder`.
    package init(
        database: any SQLDatabase,
        activities: ActivityLog,
        clock: WallClock,
        artifactRoot: String,
        workingFolder: String = "/"
    ) {
        self.database = database
        self.activities = activities
        self.clock = clock
        self.artifactRoot = artifactRoot
        self.workingFolder = workingFolder
        runNumbers = RunNumbers(database: database)
    }

    /// Makes the experiment `Default`, number 0, where it is not there yet.
    ///
    /// - Throws: ``DatabaseError``.
    package func createDefaultExperiment() async throws {
        let experiment = newExperiment(ExperimentID(number: 0), named: "Default", at: nil, tags: [])
        try await database.write { connection in
            guard try ExperimentStore.find(experiment.id, on: connection) == nil else { return }
            try ExperimentStore.insert(experiment, on: connection)
        }
    }

    func newExperiment(_ id: ExperimentID, named name: String, at location: String?, tags: [Tag]) -> Experiment {
        let now = clock.now()
        return Experiment(
            id: id,
            name: name,
            artifactLocation: location ?? "\(artifactRoot)/\(id)",
            isActive: true,
            createdAt: now,
            updatedAt: now,
            tags: tags
        )
    }

    /// Records an activity about `experiment` in the transaction of its change.
    func record(
        _ action: String,
        _ experiment: Experiment,
        by actor: Actor,
        details: JSONObject = JSONObject(),
        on connection: any SQLConnection
    ) throws {
        try activities.record(
            NewActivity(
                actor,
                action,
                Subject("experiment", experiment.id.description),
                details: details,
                topics: ["experiments", "experiment:\(experiment.id)"]
            ),
            on: connection
        )
    }

    /// Records an activity about `run` in the transaction of its change.
    func record(
        _ action: String,
        _ run: Run,
        by actor: Actor,
        details: JSONObject = JSONObject(),
        on connection: any SQLConnection
    ) throws {
        try activities.record(
            NewActivity(
                actor,
                action,
                Subject("run", run.id.text),
                details: details,
                topics: ["runs", "experiment:\(run.experimentID)", "run:\(run.id)"]
            ),
            on: connection
        )
    }
}
