//! Writes of several statements that only make sense together.
//!
//! SQLite lives in a thread of its own: every statement that is waited for is two changes of thread, which take longer
//! than most statements. There all of them go in one exchange, and decide for themselves whether they are to do anything.

use sea_orm::sea_query::{Expr, InsertStatement, Query, SelectStatement, UpdateStatement};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, Statement,
    StatementBuilder, Values,
};

use super::dialect;
use super::engine::{Durability, Engine};
use crate::Result;
use crate::error::StoreError;

/// One statement, and others for where it changed a row: all of it or nothing.
pub(super) struct Together {
    backend: DbBackend,
    first: Statement,
    then: Vec<Statement>,
}

impl Together {
    /// Begins with a statement that returns what it changed.
    pub(super) fn first(backend: DbBackend, statement: &impl StatementBuilder) -> Self {
        Self {
            backend,
            first: backend.build(statement),
            then: Vec::new(),
        }
    }

    /// Then adds a row.
    pub(super) fn insert<A: ActiveModelTrait>(mut self, row: &A) -> Result<Self> {
        let mut values = Query::select();
        if let Some(changed) = dialect::changed(self.backend) {
            values.and_where(changed);
        }
        let insert = insert_selected(row, values)?;
        self.then.push(self.backend.build(&insert));
        Ok(self)
    }

    /// Then, in the end, changes rows, if there are such.
    pub(super) fn update(mut self, mut update: UpdateStatement) -> Self {
        if let Some(changed) = dialect::changed(self.backend) {
            update.and_where(changed);
        }
        self.then.push(self.backend.build(&update));
        self
    }

    /// Carries it out within a transaction; whether the first statement changed anything.
    pub(super) async fn within(self, tx: &impl ConnectionTrait) -> Result<bool> {
        if tx.query_all_raw(self.first).await?.is_empty() {
            return Ok(false);
        }
        for statement in self.then {
            tx.execute_raw(statement).await?;
        }
        Ok(true)
    }

    /// All of it in one text, a transaction of its own.
    fn in_one(self) -> Statement {
        let (mut sql, mut values) = (String::from(dialect::BEGIN), Vec::new());
        for statement in std::iter::once(self.first).chain(self.then) {
            sql.push_str("; ");
            sql.push_str(&statement.sql);
            values.extend(statement.values.into_iter().flat_map(|Values(values)| values));
        }
        sql.push_str("; COMMIT");
        Statement::from_sql_and_values(self.backend, sql, values)
    }
}

/// Adding a row that a query without tables gives: one, or none where its condition does not hold.
pub(super) fn insert_selected<A: ActiveModelTrait>(row: &A, mut values: SelectStatement) -> Result<InsertStatement> {
    let mut columns = Vec::new();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = row.get(column) {
            values.expr(column.save_as(Expr::val(value)));
            columns.push(column);
        }
    }
    let mut insert = Query::insert();
    insert.into_table(A::Entity::default()).columns(columns);
    match insert.select_from(values) {
        Ok(_) => Ok(insert),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

impl Engine {
    /// Carries it out, in turn; whether its first statement changed anything.
    pub(super) async fn together(&self, durability: Durability, together: Together) -> Result<bool> {
        if !dialect::takes_several(together.backend) {
            let tx = self.write(durability).await?;
            let changed = together.within(&*tx).await?;
            tx.commit().await?;
            return Ok(changed);
        }
        let turn = self.turn_to_keep().await?;
        let connection = self.writing(durability).clone();
        let statement = together.in_one();
        // In a task of its own: whoever goes away meanwhile must not leave half of it, and a transaction begun.
        let carried_out = tokio::spawn(async move {
            let changed = connection.query_all_raw(statement).await;
            if changed.is_err() {
                // Fails where it was the beginning that failed, or where the engine has rolled back by itself.
                let _ = connection.execute_unprepared("ROLLBACK").await;
            }
            drop(turn);
            changed
        });
        match carried_out.await {
            Ok(changed) => Ok(!changed?.is_empty()),
            Err(stopped) => Err(StoreError::Unavailable(stopped.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use codecrafter_domain::id::{ExecutionId, UserId};
    use sea_orm::IntoActiveModel;

    use super::*;
    use crate::StoreConfig;
    use crate::sql::entities::callback::{ActiveModel, Column, Entity, Model};
    use crate::sql::entities::execution_request;

    async fn engine(folder: &tempfile::TempDir) -> Engine {
        let path = folder.path().join("codecrafter.db");
        let engine = Engine::connect(&StoreConfig::Sqlite { path }).await.expect("connect");
        let schema = "CREATE TABLE callbacks (execution_id uuid PRIMARY KEY, url text, attempts bigint, due_at bigint);
             CREATE TABLE execution_requests (execution_id uuid PRIMARY KEY, request text CHECK (request <> 'refused'))";
        engine
            .writing(Durability::Disk)
            .execute_unprepared(schema)
            .await
            .expect("schema");
        engine
    }

    fn callback(url: &str) -> ActiveModel {
        let row = Model {
            execution_id: ExecutionId::new().0,
            url: url.into(),
            attempts: 0,
            due_at: None,
        };
        row.into_active_model()
    }

    /// Two rows of two tables, the second only if it is not to be refused.
    fn both(wanted: bool, request: &str) -> Together {
        let mut condition = Query::select();
        condition.and_where(Expr::val(wanted));
        let mut first = insert_selected(&callback("https://example.org"), condition).expect("one value each");
        first.returning_col(Column::ExecutionId);
        let second = execution_request::Model {
            execution_id: UserId::new().0,
            request: request.into(),
        };
        let both = Together::first(DbBackend::Sqlite, &first);
        both.insert(&second.into_active_model()).expect("one value each")
    }

    async fn rows(engine: &Engine) -> (usize, usize) {
        let callbacks = Entity::find().all(&engine.read).await.expect("read").len();
        let requests = execution_request::Entity::find()
            .all(&engine.read)
            .await
            .expect("read")
            .len();
        (callbacks, requests)
    }

    #[tokio::test]
    async fn all_of_it_or_nothing_and_the_next_is_free_to_begin() {
        let folder = tempfile::tempdir().expect("folder");
        let engine = engine(&folder).await;
        let write = |wanted, request| engine.together(Durability::Process, both(wanted, request));
        assert!(write(true, "taken").await.expect("written"));
        assert_eq!(rows(&engine).await, (1, 1));
        assert!(!write(false, "taken").await.expect("nothing to do"));
        assert_eq!(rows(&engine).await, (1, 1));
        write(true, "refused").await.expect_err("the table's rule");
        assert_eq!(rows(&engine).await, (1, 1));
        let tx = engine.write(Durability::Process).await.expect("no transaction is open");
        assert!(both(true, "within").within(&*tx).await.expect("written"));
        tx.commit().await.expect("commit");
        assert!(write(true, "taken").await.expect("written"));
        assert_eq!(rows(&engine).await, (3, 3));
    }

    #[tokio::test]
    async fn who_goes_away_leaves_no_half() {
        let folder = tempfile::tempdir().expect("folder");
        let engine = engine(&folder).await;
        for micros in 0..200 {
            let write = engine.together(Durability::Process, both(true, "taken"));
            // Whatever it comes to.
            let _ = tokio::time::timeout(Duration::from_micros(micros), write).await;
        }
        assert!(
            engine
                .together(Durability::Process, both(true, "last"))
                .await
                .expect("written")
        );
        let (callbacks, requests) = rows(&engine).await;
        assert!(callbacks > 0 && callbacks == requests, "{callbacks} {requests}");
    }
}
