package import Kernel

/// An experiment, as the server describes it.
package struct Experiment: Record {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// Its id.
    package var id: String { text("experiment_id") }
    /// Its name, unique among experiments.
    package var name: String { text("name") }
    /// `active` or `deleted`.
    package var lifecycleStage: String { text("lifecycle_stage") }
    /// Where its runs keep their artifacts.
    package var artifactLocation: String { text("artifact_location") }
    /// When it was made.
    package var createdAt: Timestamp? { time("creation_time") }
    /// When it last changed.
    package var updatedAt: Timestamp? { time("last_update_time") }
    /// Its tags, in the server's order.
    package var tags: [(name: String, value: String)] { pairs("tags") }
}
