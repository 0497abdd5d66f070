import Kernel

/// Members of objects in one call each.
extension JSONWriter {
    /// The member `name`, a text.
    mutating func member(_ name: StaticString, _ text: String) {
        self.name(name)
        value(text)
    }

    /// The member `name`, a whole number.
    mutating func member(_ name: StaticString, _ number: Int64) {
        self.name(name)
        value(number)
    }

    /// The member `name`, `true` or `false`.
    mutating func member(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        value(flag)
    }

    /// The member `name`, milliseconds since 1970 UTC.
    mutating func member(_ name: StaticString, _ time: Timestamp) {
        member(name, time.milliseconds)
    }

    /// The member `name` when there is a text.
    mutating func member(_ name: StaticString, ifPresent text: String?) {
        if let text { member(name, text) }
    }

    /// The member `name`, an object that `body` writes.
    mutating func member(_ name: StaticString, object body: (inout JSONWriter) -> Void) {
        self.name(name)
        object(body)
    }

    /// The member `name`, an array of what `write` writes for each of `items`; left out when there are none.
    mutating func member<Item>(
        _ name: StaticString,
        unlessEmpty items: [Item],
        _ write: (inout JSONWriter, Item) -> Void
    ) {
        guard !items.isEmpty else { return }
        self.name(name)
        array { writer in for item in items { write(&writer, item) } }
    }

    /// `{name: [items], "next_page_token": …}`, the list left out when empty.
    mutating func page<Item>(_ name: StaticString, _ page: Page<Item>, _ write: (inout JSONWriter, Item) -> Void) {
        object { writer in
            writer.member(name, unlessEmpty: page.items, write)
            writer.member("next_page_token", ifPresent: page.next?.text)
        }
    }

    /// The same with the list there when it is empty, too: the form of what is not MLflow's.
    mutating func list<Item>(_ name: StaticString, _ page: Page<Item>, _ write: (inout JSONWriter, Item) -> Void) {
        object { writer in
            writer.name(name)
            writer.array { writer in for item in page.items { write(&writer, item) } }
            writer.member("next_page_token", ifPresent: page.next?.text)
        }
    }
}
