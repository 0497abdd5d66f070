import ArgumentParser
import Martlet

/// What a list is searched for, in MLflow's grammar.
struct SearchOptions: ParsableArguments {
    @Option(help: "Only what this filter finds, in MLflow's grammar.")
    var filter: String?

    @Option(help: ArgumentHelp("A column to sort by, with DESC for the reverse; may be repeated.", valueName: "column"))
    var orderBy: [String] = []

    /// The search among what `view` shows.
    func search(_ view: MartletClient.View = .active) -> MartletClient.Search {
        MartletClient.Search(filter: filter, orderBy: orderBy, view: view)
    }
}
