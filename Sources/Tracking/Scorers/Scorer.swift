package import Kernel

/// One version of a scorer: how answers of a language model are judged, as the client that registered it wrote it.
///
/// The server keeps scorers and never runs them.
package struct ScorerVersion: Sendable {
    /// The scorer's name for machines: 32 hexadecimal characters, the same for all versions.
    package let scorerID: String
    /// The experiment that it belongs to.
    package let experimentID: ExperimentID
    /// Its name, unique within the experiment.
    package let name: String
    /// The version's number, from 1.
    package let version: Int64
    /// What the client registered: a JSON object; a gateway endpoint that judges stands in it by its name.
    package internal(set) var definition: String
    /// When the version was registered.
    package let createdAt: Timestamp
}

/// How many of the traces that come in a scorer shall judge, and which.
package struct OnlineScoring: Sendable {
    /// Its id, 32 hexadecimal characters, new with each change.
    package let id: String
    /// The scorer.
    package let scorerID: String
    /// The scorer's experiment.
    package let experimentID: ExperimentID
    /// The share of traces, from 0 to 1.
    package let sampleRate: Double
    /// Which traces, in the language of their search; nil for all.
    package let filter: String?
}
