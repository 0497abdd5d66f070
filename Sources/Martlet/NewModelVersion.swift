import Kernel

/// A version to be registered.
package struct NewModelVersion: Sendable {
    /// The model that it is a version of.
    package var model: String
    /// Where its files are: a URI.
    package var source: String
    /// The run that made it.
    package var run: String?
    /// What is new in it.
    package var description: String?
    /// Its tags.
    package var tags: [(String, String)] = []

    /// The next version of `model`, made of the files at `source`.
    package init(of model: String, source: String) {
        self.model = model
        self.source = source
    }

    var body: JSONObject {
        [
            "name": .string(model), "source": .string(source), "run_id": .optional(run),
            "description": .optional(description), "tags": .tags(tags),
        ]
    }
}
